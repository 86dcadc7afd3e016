// The store's board: four columns from a new order to food that waits for its rider.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inWords } from "../api";
import { say } from "../preferences";
import { announce } from "../shell/Announcer";
import { Button } from "../shell/Button";
import { WatchingNote } from "../shell/driver";
import { Refusal, Skeleton } from "../shell/Notice";
import { isPane } from "../shell/pane";
import { Screen } from "../shell/Screen";
import { Board } from "./Board";
import { followRing, silence, sound, unlock } from "./ring";
import styles from "./StoreScreen.module.css";
import { StruckTickets } from "./StruckTickets";
import { followBoard, isWorking, pause, store, unanswered } from "./tickets";
import { UndoBar } from "./UndoBar";
import { storeWords } from "./words";

export function StoreScreen() {
  const words = say(storeWords);
  useEffect(followBoard, []);
  useEffect(followRing, []);
  useSpokenNewOrders();

  const title = store.value ? words.title(store.value.name) : words.untitled;
  return (
    <Screen title={title} wide>
      <WatchingNote />
      <StoreState />
      <StruckTickets />
      {store.value === null ? <Skeleton heights={[44, 180, 180]} /> : <Board />}
      <UndoBar />
    </Screen>
  );
}

function SoundSwitch() {
  const words = say(storeWords).sound;
  if (sound.value === "locked") {
    return (
      <span class={styles.mute}>
        <Button local look="danger" onPress={unlock}>
          {words.locked}
        </Button>
      </span>
    );
  }
  const isOn = sound.value === "on";
  return (
    <Button local pressed={isOn} onPress={isOn ? silence : unlock}>
      {isOn ? words.on : words.off}
    </Button>
  );
}

/** Whether orders come in at all, and the button that changes it. */
function StoreState() {
  const words = say(storeWords);
  const failed = useSignal<string | null>(null);
  const shown = store.value;
  if (shown === null || isPane || !isWorking.value) return null;
  const turn = async () => {
    failed.value = null;
    await pause(!shown.paused).catch((failure) => {
      failed.value = inWords(failure);
    });
  };
  const state = !shown.open ? words.closed : shown.paused ? words.paused : null;
  return (
    <>
      <div class={state ? styles.shut : styles.state}>
        <span>{state ?? (sound.value === "locked" ? words.sound.lockedHint : "")}</span>
        <div class={styles.tools}>
          <SoundSwitch />
          <Button look={shown.paused ? "primary" : "plain"} onPress={turn}>
            {shown.paused ? words.resume : words.pause}
          </Button>
        </div>
      </div>
      <Refusal text={failed.value} />
    </>
  );
}

function useSpokenNewOrders(): void {
  const waiting = unanswered.value.length;
  const words = say(storeWords);
  const name = store.value?.name;
  useEffect(() => {
    if (waiting > 0) announce(words.newOrders(waiting));
    const title = name ? words.title(name) : words.untitled;
    document.title = waiting > 0 ? `(${waiting}) ${title}` : title;
  }, [waiting, name, words]);
}
