// Numbers of the last minute: how old news are when they are seen, and how fast counters grow.

/** How far back the numbers look. */
export const WINDOW_MS = 60_000;
/** A shorter time says nothing about a whole minute. */
const SEEN_MIN_MS = 10_000;
/** More news than this in a minute are too many to keep; the newest count. */
const KEPT_MAX = 2000;

/** The value below which `share` of all lie; `null` of none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

type Dated = { atMs: number; value: number };

/** Values of the last minute. */
export class LastMinute {
  #kept: Dated[] = [];

  add(value: number, atMs: number): void {
    this.#kept.push({ atMs, value });
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
  }

  values(nowMs: number): number[] {
    this.#kept = this.#kept.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    return this.#kept.map(({ value }) => value);
  }

  /** How much a growing value has grown, as if for a whole minute; `null` until enough was seen. */
  growthPerMinute(nowMs: number): number | null {
    this.values(nowMs);
    const first = this.#kept[0];
    const last = this.#kept.at(-1);
    if (!first || !last || last.atMs - first.atMs < SEEN_MIN_MS) return null;
    // A hub that has started anew counts from nothing.
    const grown = Math.max(0, last.value - first.value);
    return (grown * WINDOW_MS) / (last.atMs - first.atMs);
  }
}

/** A line of the last values, as the points of an SVG polyline in a box of 100 by 100. */
export function polyline(values: readonly (number | null)[], most: number): string {
  const known = values.filter((value) => value !== null);
  const top = Math.max(1, ...known);
  const step = 100 / Math.max(1, most - 1);
  const from = most - values.length;
  return values
    .map((value, at) =>
      value === null
        ? ""
        : `${((from + at) * step).toFixed(1)},${(100 - (value / top) * 92).toFixed(1)}`,
    )
    .filter(Boolean)
    .join(" ");
}
