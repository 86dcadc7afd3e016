// Which job of the feed the one big button is about.

import { computed, effect, signal } from "@preact/signals";
import { stageOf } from "../core/jobs";
import { rows } from "./jobs";

/** A press this soon after the button changed by itself was meant for what it said before. */
const STEADY_MS = 700;

const chosen = signal<string | null>(null);

const open = computed(() =>
  (rows.value ?? []).filter((row) => row.gone === null && stageOf(row.job) === "open"),
);

/** The chosen job while it can be had, else the next nearest. */
export const selected = computed(() => {
  const held = open.value.find((row) => row.job.orderId === chosen.value);
  return (held ?? open.value[0])?.job ?? null;
});

let changedAtMs = Number.NEGATIVE_INFINITY;
const selectedId = computed(() => selected.value?.orderId);

effect(() => {
  if (selectedId.value !== undefined) changedAtMs = performance.now();
});

/** Chooses a job by hand; what the button says from then on is meant. */
export function select(orderId: string): void {
  chosen.value = orderId;
  changedAtMs = Number.NEGATIVE_INFINITY;
}

/** Whether the button has said the same for long enough to be meant. */
export function isSteady(): boolean {
  return performance.now() - changedAtMs > STEADY_MS;
}
