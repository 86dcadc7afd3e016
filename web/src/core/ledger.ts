// What became of the first promise: how far the time has moved, and what moved it, in order.

import type { Progress } from "../contract";

/** Events that put off what was promised; the others only keep it. */
const CAUSES: ReadonlySet<string> = new Set([
  "CookDelayed",
  "StatusReverted",
  "JobReleased",
  "RiderWentSilent",
  "RiderMissing",
]);

/** More than so many would be a complaint, not an explanation. */
const CHANGES_MAX = 5;

/** Below this the promise has been kept as far as anybody can tell. */
const KEPT_MINUTES = 2;

export type Change = { event: string; at: string };

/**
 * What put the promise off, oldest first; the newest few. Where it has come forward after all, what
 * brought it stands among them, or a delay would seem to be why.
 */
export function changesOf(order: Pick<Progress, "timeline" | "eta">): Change[] {
  const late = minutesLate(order);
  const isSooner = isWorthSaying(late) && late < 0;
  const relief = isSooner
    ? order.timeline.findLast(({ event }) => event === order.eta?.cause)
    : null;
  const changes = order.timeline.filter((step) => CAUSES.has(step.event) || step === relief);
  if (!changes.some(({ event }) => CAUSES.has(event))) return [];
  return changes.map(({ event, at }) => ({ event, at })).slice(-CHANGES_MAX);
}

/** How many minutes later than first promised the food is expected; negative if sooner. */
export function minutesLate({ eta }: Pick<Progress, "eta">): number | null {
  if (eta === null) return null;
  const late = Math.round((Date.parse(eta.to) - Date.parse(eta.firstPromise)) / 60_000);
  return Number.isNaN(late) ? null : late;
}

/** Whether a difference is worth words. */
export function isWorthSaying(minutes: number | null): minutes is number {
  return minutes !== null && Math.abs(minutes) >= KEPT_MINUTES;
}
