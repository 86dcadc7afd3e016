// The rows as they are shown: held still while the rider touches, reads further down, or said so.

import { computed, effect, signal } from "@preact/signals";
import type { Job } from "../contract";
import { metersBetween } from "../core/geometry";
import { type Steady, steadied } from "../core/steady";
import { STEADY_MS } from "../core/thresholds";
import { position, rows } from "./jobs";

const NOTHING: Steady = { rows: [], waiting: 0 };

/** The rider has stopped the list by its button. */
export const isPaused = signal(false);

/** The top of the list is out of sight: what comes must not push what is read. */
export const isScrolled = signal(false);

const isTouched = signal(false);
let release: ReturnType<typeof setTimeout> | undefined;

/** The list was touched: it holds still for a moment from here on. */
export function touch(): void {
  isTouched.value = true;
  clearTimeout(release);
  release = setTimeout(() => {
    isTouched.value = false;
  }, STEADY_MS);
}

export const isHeld = computed(() => isPaused.value || isScrolled.value || isTouched.value);

/** What the list shows; `null` until the first snapshot. */
export const steady = signal<Steady | null>(null);

effect(() => {
  const shown = steady.peek() ?? NOTHING;
  steady.value =
    rows.value === null ? null : steadied(shown.rows, rows.value, isHeld.value, metersTo);
});

/** Takes over what waits, once. */
export function showWaiting(): void {
  if (rows.value === null) return;
  steady.value = steadied(steady.value?.rows ?? [], rows.value, false, metersTo);
}

/** How far the store of a job is from here, as the crow flies. */
export function metersTo(job: Job): number {
  const here = position.peek();
  if (here !== null) return metersBetween(here, job.store);
  return job.distanceMeters ?? Number.POSITIVE_INFINITY;
}
