// What the people at a board chose for this device. Kept, and shared by all its open tabs.

import { effect, type Signal, signal } from "@preact/signals";
import { TARGET_MINUTES, type Targets } from "../core/board";

const KEY = "board";

export type Choices = {
  /** New orders are also said aloud. */
  voice: boolean;
  /** A hidden board tells of new orders by a notification. */
  notify: boolean;
  /** The screen stays on while the board is open. */
  awake: boolean;
  /** Single keys work the board. */
  keys: boolean;
  /** Silenced by hand. */
  muted: boolean;
  /** How long a ticket may stand in each column. */
  targetMinutes: Targets;
};

const DEFAULTS: Choices = {
  voice: false,
  notify: false,
  awake: true,
  keys: true,
  muted: false,
  targetMinutes: TARGET_MINUTES,
};

function kept(): Choices {
  try {
    const read = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Choices>;
    return { ...DEFAULTS, ...read, targetMinutes: { ...TARGET_MINUTES, ...read.targetMinutes } };
  } catch {
    return DEFAULTS;
  }
}

export const choices: Signal<Choices> = signal(kept());

export function chooseForBoard(part: Partial<Choices>): void {
  choices.value = { ...choices.value, ...part };
}

// A tab that is opened beside this one must ring, or not, as this one.
addEventListener("storage", (event) => {
  if (event.key === KEY) choices.value = kept();
});

effect(() => localStorage.setItem(KEY, JSON.stringify(choices.value)));
