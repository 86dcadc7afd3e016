// A short tour that watches what really happens: each step waits for its event, not for a button.

import { computed, effect, signal } from "@preact/signals";
import type { StageInfo } from "../shell/cast";
import { city } from "./city";
import { lastEvent, returns } from "./panes";

export const STEPS = ["watch", "takeOver", "accept", "cook", "drop", "giveBack"] as const;
export type TourStep = (typeof STEPS)[number];

/** The step that is shown; `null` while nobody is being shown around. */
export const at = signal<number | null>(null);

export const step = computed<TourStep | null>(() =>
  at.value === null ? null : (STEPS[at.value] ?? null),
);

const isStoreMine = (info: StageInfo) => info.takenOver.includes(`store:${info.stage.storeId}`);

/** The operator's pane is told of every other store, too. */
const hasStore = (wanted: string) =>
  lastEvent.value?.role === "store" && lastEvent.value.event === wanted;

/** Whether a step's wish has come true. */
function isDone(wanted: TourStep, info: StageInfo): boolean {
  switch (wanted) {
    case "watch":
      return lastEvent.value !== null;
    case "takeOver":
      return isStoreMine(info);
    case "accept":
      return hasStore("OrderAccepted");
    case "cook":
      return hasStore("CookFinished");
    case "drop":
      return returns.value.size > 0;
    case "giveBack":
      return !isStoreMine(info);
  }
}

export function start(): void {
  lastEvent.value = null;
  returns.value = new Map();
  at.value = 0;
}

export function next(): void {
  // What happened before a step is not its doing.
  lastEvent.value = null;
  returns.value = new Map();
  if (at.value !== null) at.value = at.value + 1 < STEPS.length ? at.value + 1 : null;
}

export function stop(): void {
  at.value = null;
}

/** Goes on by itself until the returned function is called. */
export function followTour(): () => void {
  return effect(() => {
    const info = city.value;
    const wanted = step.value;
    if (wanted === null || info === null || info === "none") return;
    if (isDone(wanted, info)) queueMicrotask(next);
  });
}
