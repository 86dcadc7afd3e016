// Where the rider is: from the phone or a touch on the map; told to the hub no more than is useful.

import { computed, signal } from "@preact/signals";
import { inWords, put } from "../api";
import type { Rider } from "../contract";
import { metersBetween, type Point, rounded } from "../core/geometry";
import { isRidingAt, kmh, kmhBetween } from "../core/riding";
import {
  FIX_ACCURACY_METERS_MAX,
  FIX_LOST_SECONDS,
  FIX_MOVED_METERS,
  FIX_REPEAT_SECONDS,
} from "../core/thresholds";
import { serverNow } from "../live";

/** A touch on the map is as exact as a thumb. */
const TOUCH_ACCURACY_METERS = 20;

export type Fix = {
  point: Point;
  accuracyMeters: number;
  heading: number | null;
  /** When the phone was there, by our own clock; `null` for a point that was chosen and stays. */
  atMs: number | null;
};

/** The latest position, known or chosen; `null` while there is none. */
export const fix = signal<Fix | null>(null);

/** When the hub last took a position from here, in its own time. */
export const sentAtMs = signal<number | null>(null);

export const failure = signal<string | null>(null);
export const isUnavailable = signal(false);

/** Whether the rider is on the way, too fast to read. */
export const isRiding = signal(false);

/** What is wrong with the phone's position, if anything is. */
export const trouble = computed<"lost" | "vague" | null>(() => {
  if (fix.value === null || fix.value.atMs === null) return null;
  // Asked again with every tick of the hub's time.
  void serverNow.value;
  if (Date.now() - fix.value.atMs > FIX_LOST_SECONDS * 1000) return "lost";
  return fix.value.accuracyMeters > FIX_ACCURACY_METERS_MAX ? "vague" : null;
});

let sent: { point: Point; atMs: number; fixAtMs: number | null } | null = null;
let watch: number | null = null;
let askedAtMs = 0;
/** The next answer is to a question, not what the phone tells by itself. */
let isAsked = false;

const EXACTLY: PositionOptions = { enableHighAccuracy: true, maximumAge: 0, timeout: 15_000 };

/** Follows the phone's own position from now on. */
export function usePhone(): void {
  if (watch !== null) return;
  watch = navigator.geolocation.watchPosition(
    take,
    ({ code, PERMISSION_DENIED }) => {
      // A tunnel is no refusal; the age of the last position says what is to say.
      if (code !== PERMISSION_DENIED && fix.value !== null) return;
      leavePhone();
      isUnavailable.value = true;
    },
    EXACTLY,
  );
}

/** Takes up the phone's position again where that was allowed before; asks nobody. */
export async function usePhoneAgain(): Promise<void> {
  if (fix.value !== null || !navigator.permissions) return;
  const { state } = await navigator.permissions.query({ name: "geolocation" });
  if (state === "granted") usePhone();
}

function take({ coords, timestamp }: GeolocationPosition): void {
  // Asked for one that is not kept, the phone vouches for now, whatever it stamps.
  if (isAsked) takeFix(coords, Date.now());
  else if (!isOvertaken(timestamp)) takeFix(coords, timestamp);
  isAsked = false;
}

/** A phone may tell again what it knew before it was asked; that makes nobody's position older. */
function isOvertaken(atMs: number): boolean {
  const heldAtMs = fix.value?.atMs ?? null;
  // A stamp that is still to come is of a clock that was set back since.
  return heldAtMs !== null && atMs < heldAtMs && heldAtMs <= Date.now();
}

function takeFix(coords: GeolocationCoordinates, atMs: number): void {
  isUnavailable.value = false;
  const point = rounded({ lat: coords.latitude, lng: coords.longitude });
  const speedKmh = coords.speed === null ? guessedKmh(point, coords, atMs) : kmh(coords.speed);
  if (speedKmh !== null) isRiding.value = isRidingAt(isRiding.value, speedKmh);
  fix.value = {
    point,
    accuracyMeters: Math.round(coords.accuracy),
    heading: Number.isFinite(coords.heading) ? coords.heading : null,
    atMs,
  };
}

/** A phone that says no speed is believed to ride once it has moved further than it can err. */
function guessedKmh(point: Point, { accuracy }: GeolocationCoordinates, atMs: number) {
  const held = fix.value;
  if (held === null || held.atMs === null) return null;
  if (metersBetween(held.point, point) <= Math.max(accuracy, held.accuracyMeters)) return null;
  return kmhBetween({ point: held.point, atMs: held.atMs }, { point, atMs });
}

function leavePhone(): void {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  watch = null;
  isAsked = false;
  isRiding.value = false;
}

/** Takes a point that was touched; the phone is no longer asked. */
export function choose(point: Point): void {
  leavePhone();
  isUnavailable.value = false;
  const accuracyMeters = TOUCH_ACCURACY_METERS;
  fix.value = { point: rounded(point), accuracyMeters, heading: null, atMs: null };
}

/** A phone that lies still tells nothing; whether it is still there has to be asked. */
function askAgain(heldAtMs: number, nowMs: number): void {
  const isDue = (ms: number) => nowMs - ms >= FIX_REPEAT_SECONDS * 1000;
  if (!isDue(heldAtMs) || !isDue(askedAtMs)) return;
  askedAtMs = nowMs;
  // Beside a watch that goes on, Chromium answers nobody before the phone has moved.
  leavePhone();
  isAsked = true;
  usePhone();
}

/** Sends the position if it has moved or grown old. Called once a second while on duty. */
export async function report(onTaken: (rider: Rider) => void): Promise<void> {
  const held = fix.value;
  if (held === null) return;
  const nowMs = Date.now();
  if (held.atMs !== null) askAgain(held.atMs, nowMs);
  // What the phone last knew is not where the rider is now.
  if (trouble.value !== null) return;
  const isNews = held.atMs === null || held.atMs !== sent?.fixAtMs;
  const isOld = sent === null || (isNews && nowMs - sent.atMs >= FIX_REPEAT_SECONDS * 1000);
  const moved = sent === null || metersBetween(sent.point, held.point) > FIX_MOVED_METERS;
  if (!isOld && !moved) return;
  sent = { point: held.point, atMs: nowMs, fixAtMs: held.atMs };
  const ageMs = held.atMs === null ? 0 : Math.max(0, nowMs - held.atMs);
  try {
    const rider = await put<Rider>("/riders/me/location", {
      ...held.point,
      accuracyMeters: held.accuracyMeters,
      ...(held.heading === null ? {} : { heading: held.heading }),
      at: new Date(serverNow.value - ageMs).toISOString(),
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
