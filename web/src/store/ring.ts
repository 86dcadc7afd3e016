// The ring: a function of the board. While a new order waits it sounds, again and again.

import { computed, effect } from "@preact/signals";
import { RING_REPEAT_SECONDS } from "../core/thresholds";
import { me } from "../identity";
import { isPane } from "../shell/pane";
import { isBell, standForBell } from "./bell";
import { choices, chooseForBoard } from "./choices";
import { isWorking, struckTickets, unanswered } from "./tickets";
import { isUnlocked, playRing, playStruck, unlock } from "./tones";

/** `locked`: the browser has not yet been allowed to make a sound; `off`: silenced by hand. */
export type Sound = "locked" | "on" | "off";

export const sound = computed<Sound>(() => {
  if (choices.value.muted) return "off";
  return isUnlocked.value ? "on" : "locked";
});

/** Whether new orders wait and this tab is the one that says so. */
const mustRing = computed(
  () => unanswered.value.length > 0 && sound.value === "on" && isWorking.value && isBell.value,
);

/** The hub has reminded the store: half of the time to answer is over. */
const isUrgent = computed(() =>
  unanswered.value.some((ticket) => ticket.attention === "STORE_SLOW"),
);

/** Lets the board be heard, from a tap; proves itself by ringing once. */
export async function hear(): Promise<void> {
  // The first touch may be of the very button that asks for this.
  if (isAsking) return;
  isAsking = true;
  chooseForBoard({ muted: false });
  await unlock().finally(() => {
    isAsking = false;
  });
  playRing(false);
}

let isAsking = false;

export function silence(): void {
  chooseForBoard({ muted: true });
}

/** Rings for as long as something is unanswered; the answer ends it. */
export function followRing(): () => void {
  if (isPane) return () => {};
  const ends = [
    effect(() => (sound.value === "on" && isWorking.value ? standForBell(me().id) : undefined)),
    effect(() => {
      if (!mustRing.value) return;
      playRing(isUrgent.peek());
      const repeat = setInterval(() => playRing(isUrgent.peek()), RING_REPEAT_SECONDS * 1000);
      return () => clearInterval(repeat);
    }),
    followStruck(),
    hearFirstTouch(),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** An order that was called off is heard once; it must not be cooked on. */
function followStruck(): () => void {
  let known = 0;
  const count = computed(() => struckTickets.value.length);
  return effect(() => {
    if (count.value > known && sound.peek() === "on" && isBell.peek()) playStruck();
    known = count.value;
  });
}

/** The first touch of the board, whatever it meant, also lets it be heard. */
function hearFirstTouch(): () => void {
  const once = new AbortController();
  const touched = () => {
    if (!isWorking.peek() || choices.peek().muted) return;
    once.abort();
    if (!isUnlocked.peek()) void hear();
  };
  for (const type of ["click", "keydown"]) {
    addEventListener(type, touched, { capture: true, signal: once.signal });
  }
  return () => once.abort();
}
