// Above the board: whether it can be heard, whether orders come in, and how to change both.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { isPane } from "../shell/pane";
import styles from "./BoardBar.module.css";
import { isBell } from "./bell";
import { hear, silence, sound } from "./ring";
import { isWorking, pause, store } from "./tickets";
import { storeWords } from "./words";

/** What opens over the board. */
export type Sheet = "settings" | "menu";

export function BoardBar({ onOpen }: { onOpen: (sheet: Sheet) => void }) {
  const words = say(storeWords);
  if (store.value === null || isPane || !isWorking.value) return null;
  return (
    <>
      <div class={styles.tools}>
        <SoundSwitch />
        <PauseButton />
        <Button local onPress={() => onOpen("menu")}>
          {words.sheets.menu}
        </Button>
        <Button local label={words.sheets.settings} onPress={() => onOpen("settings")}>
          ?
        </Button>
      </div>
      <SoundBanner />
      <ShutBanner />
    </>
  );
}

function SoundSwitch() {
  const words = say(storeWords).sound;
  const state = sound.value;
  if (state === "on") {
    return (
      <Button local pressed onPress={silence}>
        {isBell.value ? words.on : words.elsewhere}
      </Button>
    );
  }
  return (
    <span class={styles.mute}>
      <Button local look="danger" onPress={hear}>
        {words[state]}
      </Button>
    </span>
  );
}

/** A board that can't be heard says so across its whole width. */
function SoundBanner() {
  const words = say(storeWords).sound;
  if (sound.value === "on") return null;
  return (
    <p class={styles.silent} role="alert">
      {sound.value === "off" ? words.offHint : words.lockedHint}
    </p>
  );
}

function PauseButton() {
  const words = say(storeWords);
  const failed = useSignal<string | null>(null);
  if (store.value?.paused) return null;
  return (
    <>
      <Button onPress={() => turn(true, failed)}>{words.pause}</Button>
      <Refusal text={failed.value} />
    </>
  );
}

/** Why no orders come in, and the one tap that lets them in again. */
function ShutBanner() {
  const words = say(storeWords);
  const failed = useSignal<string | null>(null);
  const shown = store.value;
  if (shown === null || (shown.open && !shown.paused)) return null;
  const why = shown.pausedBy ? `${words.paused} · ${words.pausedBy[shown.pausedBy]}` : words.paused;
  return (
    <>
      <div class={styles.shut} role="status">
        <span>{shown.open ? why : words.closed}</span>
        {shown.paused && (
          <Button look="primary" onPress={() => turn(false, failed)}>
            {words.resume}
          </Button>
        )}
      </div>
      <Refusal text={failed.value} />
    </>
  );
}

async function turn(isPaused: boolean, failed: { value: string | null }): Promise<void> {
  failed.value = null;
  await pause(isPaused).catch((failure) => {
    failed.value = inWords(failure);
  });
}
