// Which job of the feed the one big button is about.

import { computed, effect, signal } from "@preact/signals";
import { stageOf } from "../core/jobs";
import { STEADY_MS } from "../core/thresholds";
import { metersTo, steady } from "./steady";

const chosen = signal<string | null>(null);

const open = computed(() =>
  (steady.value?.rows ?? []).filter((row) => row.gone === null && stageOf(row.job) === "open"),
);

const nearest = computed(() =>
  open.value.reduce<(typeof open.value)[number] | null>(
    (best, row) => (best === null || metersTo(row.job) < metersTo(best.job) ? row : best),
    null,
  ),
);

/** The chosen job while it can be had, else the next nearest. */
export const selected = computed(() => {
  const held = open.value.find((row) => row.job.orderId === chosen.value);
  return (held ?? nearest.value)?.job ?? null;
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
