// Where the rider is: from the phone or a touch on the map; told to the hub no more than is useful.

import { signal } from "@preact/signals";
import { inWords, put } from "../api";
import type { Rider } from "../contract";
import { metersBetween, rounded } from "../core/geometry";
import { FIX_MOVED_METERS, FIX_REPEAT_SECONDS } from "../core/thresholds";
import { serverNow } from "../live";
import type { Point } from "../news";

/** A touch on the map is as exact as a thumb. */
const TOUCH_ACCURACY_METERS = 20;

export type Fix = { point: Point; accuracyMeters: number };

/** The latest position, known or chosen; `null` while there is none. */
export const fix = signal<Fix | null>(null);

/** When the hub last took a position from here, in its own time. */
export const sentAtMs = signal<number | null>(null);

export const failure = signal<string | null>(null);
export const isUnavailable = signal(false);

let sent: { point: Point; atMs: number } | null = null;
let watch: number | null = null;

/** Follows the phone's own position from now on. */
export function usePhone(): void {
  if (watch !== null) return;
  watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      isUnavailable.value = false;
      const point = rounded({ lat: coords.latitude, lng: coords.longitude });
      fix.value = { point, accuracyMeters: Math.round(coords.accuracy) };
    },
    () => {
      leavePhone();
      isUnavailable.value = true;
    },
    { enableHighAccuracy: true, maximumAge: 5000, timeout: 15_000 },
  );
}

function leavePhone(): void {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  watch = null;
}

/** Takes a point that was touched; the phone is no longer asked. */
export function choose(point: Point): void {
  leavePhone();
  isUnavailable.value = false;
  fix.value = { point: rounded(point), accuracyMeters: TOUCH_ACCURACY_METERS };
}

/** Sends the position if it has moved or grown old. Called once a second while on duty. */
export async function report(onTaken: (rider: Rider) => void): Promise<void> {
  const held = fix.value;
  if (held === null) return;
  const nowMs = Date.now();
  const isOld = sent === null || nowMs - sent.atMs >= FIX_REPEAT_SECONDS * 1000;
  const moved = sent === null || metersBetween(sent.point, held.point) > FIX_MOVED_METERS;
  if (!isOld && !moved) return;
  sent = { point: held.point, atMs: nowMs };
  try {
    const at = new Date(serverNow.value).toISOString();
    const rider = await put<Rider>("/riders/me/location", {
      ...held.point,
      accuracyMeters: held.accuracyMeters,
      at,
    });
    sentAtMs.value = serverNow.value;
    failure.value = null;
    onTaken(rider);
  } catch (cause) {
    failure.value = inWords(cause);
  }
}

/** Forgets what was sent, so that a rider who comes back on duty is placed at once. */
export function forgetSent(): void {
  sent = null;
  sentAtMs.value = null;
}
