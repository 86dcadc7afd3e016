// One machine for all screens: what the state of the line is called. Pure; `live.ts` feeds it.

import { CAUGHT_UP_SECONDS, RECONNECTING_SECONDS } from "./thresholds";

export type ConnectionState =
  | "loading"
  | "live"
  | "caughtUp"
  | "reconnecting"
  | "stale"
  | "offline"
  | "refused"
  | "outdated";

export type Line = {
  /** The socket is up, and everything that is followed was answered over it. */
  up: boolean;
  /** The browser itself believes it has a network. */
  online: boolean;
  /** Since when it has not been, by our own clock. */
  downSinceMs: number | null;
  /** It was up at least once. */
  wasUp: boolean;
  /** The hub sent us away for good. */
  refused: boolean;
  /** When we last caught up after a break, by our own clock. */
  caughtUpAtMs: number | null;
  /** The hub serves other screens than these. */
  outdated: boolean;
};

/** Names the state of the line at `nowMs` of our own clock. */
export function connectionState(line: Line, nowMs: number): ConnectionState {
  if (line.refused) return "refused";
  if (!line.online) return "offline";
  if (line.up) {
    const caughtUp =
      line.caughtUpAtMs !== null && nowMs - line.caughtUpAtMs < CAUGHT_UP_SECONDS * 1000;
    if (caughtUp) return "caughtUp";
    return line.outdated ? "outdated" : "live";
  }
  const downMs = line.downSinceMs === null ? 0 : nowMs - line.downSinceMs;
  if (downMs >= RECONNECTING_SECONDS * 1000) return "stale";
  return line.wasUp ? "reconnecting" : "loading";
}

/** Whether what the screen shows is as true as the hub can make it. */
export function isCurrent(state: ConnectionState): boolean {
  return state === "live" || state === "caughtUp" || state === "outdated";
}

/** Whether commands may be sent: never while the line is known to be down, or they fire late. */
export function mayAct(state: ConnectionState): boolean {
  return state !== "offline" && state !== "refused";
}
