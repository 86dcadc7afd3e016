// Time as the hub counts it. Clocks of shop tablets are wrong; every timer goes through here.

/** How far the hub's clock is ahead of ours, learned from the instants it stamps on messages. */
export class ServerClock {
  #skewMs: number | null = null;

  /** What to add to our own clock, in milliseconds. */
  get skewMs(): number {
    return this.#skewMs ?? 0;
  }

  /** Forgets what was learned; for a new connection, as our clock may have been set meanwhile. */
  restart(): void {
    this.#skewMs = null;
  }

  /**
   * Learns from a stamp that arrived at `receivedMs` of our clock. A message is never early, only
   * late (or replayed after a drop), so the stamp that puts the hub furthest ahead is the truest.
   */
  learn(serverTime: string | undefined | null, receivedMs: number): void {
    const stampMs = serverTime ? Date.parse(serverTime) : Number.NaN;
    if (Number.isNaN(stampMs)) return;
    const skewMs = stampMs - receivedMs;
    if (this.#skewMs === null || skewMs > this.#skewMs) this.#skewMs = skewMs;
  }

  /** The hub's time when our clock shows `localMs`. */
  at(localMs: number): number {
    return localMs + this.skewMs;
  }
}

/** Seconds from `since` until `nowMs`; never negative, `null` without an instant. */
export function secondsSince(since: string | null | undefined, nowMs: number): number | null {
  const sinceMs = since ? Date.parse(since) : Number.NaN;
  return Number.isNaN(sinceMs) ? null : Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
}

/** Seconds left until `due`; negative once it is over, `null` without an instant. */
export function secondsUntil(due: string | null | undefined, nowMs: number): number | null {
  const dueMs = due ? Date.parse(due) : Number.NaN;
  return Number.isNaN(dueMs) ? null : Math.ceil((dueMs - nowMs) / 1000);
}

/** `4:05`, or `1:02:09` from an hour on. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (n: number) => String(n).padStart(2, "0");
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}
