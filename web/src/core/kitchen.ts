// What a kitchen's own past says: how many orders today, and how long it really cooks.

import type { Order } from "../contract";

/** A store that has cooked fewer than this has no habits yet. */
const COOKED_MIN = 5;
/** Habits are those of the last hours, not of last week. */
const RECENT_MAX = 20;
const STEP_MINUTES = 5;
export const COOK_MINUTES_MIN = 5;
export const COOK_MINUTES_MAX = 90;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
// The shops' day begins at their midnight; Korea keeps no summer time.
const SEOUL_AHEAD_MS = 9 * 3_600_000;

export type Day = {
  /** Orders accepted since midnight. */
  accepted: number;
  /** From accepting to cooked, on average; `null` before the first. */
  averageMinutes: number | null;
};

/** The store's day so far. `haste` is how many of its minutes fit into a real one. */
export function dayOf(orders: readonly Order[], nowMs: number, haste = 1): Day {
  const today = dayNumber(nowMs);
  const accepted = orders.filter((order) => {
    const atMs = instantOf(order, "OrderAccepted");
    return atMs !== null && dayNumber(atMs) === today;
  });
  const minutes = accepted.map(cookedMinutes).filter((one) => one !== null);
  const sum = minutes.reduce((all, one) => all + one, 0);
  return {
    accepted: accepted.length,
    averageMinutes: minutes.length === 0 ? null : Math.round((sum / minutes.length) * haste),
  };
}

/** How long the store usually cooks, in steps of five; `null` while too little is known. */
export function usualMinutes(orders: readonly Order[], haste = 1): number | null {
  const recent = orders
    .map(cookedMinutes)
    .filter((one) => one !== null)
    .slice(0, RECENT_MAX)
    .sort((a, b) => a - b);
  const middle = recent[Math.floor(recent.length / 2)];
  if (middle === undefined || recent.length < COOKED_MIN) return null;
  return withinRules(Math.ceil((middle * haste) / STEP_MINUTES) * STEP_MINUTES);
}

/** What the hub takes as a promise. */
export function withinRules(minutes: number): number {
  return Math.min(COOK_MINUTES_MAX, Math.max(COOK_MINUTES_MIN, minutes));
}

function cookedMinutes(order: Order): number | null {
  const from = instantOf(order, "OrderAccepted");
  const to = instantOf(order, "CookFinished");
  return from === null || to === null ? null : (to - from) / MINUTE_MS;
}

/** When something last happened to an order; a step that was taken back happens again. */
function instantOf(order: Order, event: string): number | null {
  const step = order.timeline.findLast((one) => one.event === event);
  return step ? Date.parse(step.at) : null;
}

/** The shops' day that an instant falls on, as a number. */
export function dayNumber(ms: number): number {
  return Math.floor((ms + SEOUL_AHEAD_MS) / DAY_MS);
}
