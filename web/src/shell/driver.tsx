// Who moves the person of this page: somebody at a screen, or the simulated city.

import { signal } from "@preact/signals";
import { me, settings } from "../identity";
import { say } from "../preferences";
import { common } from "../words/common";
import { Button } from "./Button";
import { drive, isDrivenByCity, type StageInfo } from "./cast";
import styles from "./driver.module.css";
import { isPane } from "./pane";

const ASK_AGAIN_MS = 5000;
/** The screen waits for the first answer, and no longer than this. */
const ASK_MAX_MS = 3000;

/** True while the city acts for this person; the screen then only watches. */
export const isWatching = signal(false);

async function askCity(): Promise<void> {
  const { role, id } = me();
  if (role === "operator" || role === "guest") return;
  try {
    const answer = await fetch("/city", { signal: AbortSignal.timeout(ASK_MAX_MS) });
    isWatching.value = answer.ok && isDrivenByCity((await answer.json()) as StageInfo, role, id);
  } catch {
    // A hub that restarts hands nobody over.
  }
}

/**
 * Keeps `isWatching` true to the city. The stage tells its panes at once; others ask. Waits for the
 * first answer, or what only those at the wheel may press would be there and go again.
 */
export async function followDriver(): Promise<void> {
  if (!settings().city) return;
  setInterval(askCity, ASK_AGAIN_MS);
  addEventListener("message", (event) => {
    if (event.origin === location.origin && event.data === "driver") void askCity();
  });
  await askCity();
}

/** Says that the city is at the wheel. In a pane the stage has the button for it. */
export function WatchingNote() {
  const words = say(common);
  const { role, id } = me();
  if (!isWatching.value || isPane || role === "operator" || role === "guest") return null;
  return (
    <div class={styles.note}>
      <span>{words.watching}</span>
      <Button onPress={() => drive(role, id, "you").then(askCity)}>{words.takeOver}</Button>
    </div>
  );
}
