// Whether somebody rides: then the screen is for a glance and for nothing else.

import { metersBetween, type Point } from "./geometry";
import { GLANCE_KMH, READING_KMH } from "./thresholds";

export type Place = { point: Point; atMs: number };

const KMH_PER_METER_A_SECOND = 3.6;

/** Speed between two places; `null` when they are too close in time to say. */
export function kmhBetween(from: Place | null, to: Place): number | null {
  if (from === null || to.atMs - from.atMs < 500) return null;
  const metersASecond = metersBetween(from.point, to.point) / ((to.atMs - from.atMs) / 1000);
  return metersASecond * KMH_PER_METER_A_SECOND;
}

/** `metersASecond` as the phone says it, in km/h. */
export function kmh(metersASecond: number): number {
  return metersASecond * KMH_PER_METER_A_SECOND;
}

/** Starts above one speed and ends below a lower one, so that a slow corner changes nothing. */
export function isRidingAt(wasRiding: boolean, speedKmh: number): boolean {
  return speedKmh > (wasRiding ? READING_KMH : GLANCE_KMH);
}
