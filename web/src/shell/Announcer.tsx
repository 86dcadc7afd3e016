// Speaks to those who listen instead of looking: at most one message in three seconds, the newest.

import { signal } from "@preact/signals";
import styles from "./Announcer.module.css";

const PAUSE_MS = 3000;

const spoken = signal("");
let waiting: string | null = null;
let resting = false;

/** Says a change of state politely. Never positions, never ticking seconds. */
export function announce(text: string): void {
  waiting = text;
  if (!resting) speak();
}

function speak(): void {
  if (waiting === null) {
    resting = false;
    return;
  }
  spoken.value = waiting;
  waiting = null;
  resting = true;
  setTimeout(speak, PAUSE_MS);
}

export function Announcer() {
  return (
    <p class={styles.hidden} role="status" aria-live="polite">
      {spoken.value}
    </p>
  );
}
