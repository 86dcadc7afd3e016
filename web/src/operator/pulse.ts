// The pulse of the town: counters every second, and how old news are when this page has painted them.

import { signal } from "@preact/signals";
import type { Counters } from "../contract";
import { LastMinute, percentile } from "../core/pulse";
import { hubTime } from "../live";

/** A minute of seconds. */
export const POINTS_MAX = 60;

/** What the strip shows, one value a second; `null` where there was nothing to measure. */
export type Measure = "ordersPerMinute" | "eventsPerSecond" | "sockets" | "ageP50" | "ageP99";
export type Series = Record<Measure, readonly (number | null)[]>;

const NOTHING: Series = {
  ordersPerMinute: [],
  eventsPerSecond: [],
  sockets: [],
  ageP50: [],
  ageP99: [],
};

export const series = signal<Series>(NOTHING);

const ages = new LastMinute();
const placed = new LastMinute();

/**
 * Measures one piece of news from the hub's stamp to the frame that shows it. The clocks are
 * compared by the fastest message so far, so the fastest counts as no age at all.
 */
export function measure(stamp: string): void {
  const stampMs = Date.parse(stamp);
  // A hidden page paints nothing, and whenever it does later is no age of the news.
  if (Number.isNaN(stampMs) || document.hidden) return;
  requestAnimationFrame(() => {
    setTimeout(() => ages.add(Math.max(0, hubTime() - stampMs), Date.now()));
  });
}

/** One second of counters. */
export function beat(counters: Counters): void {
  const nowMs = Date.now();
  if (counters.placed !== undefined) placed.add(counters.placed, nowMs);
  const seen = ages.values(nowMs);
  const now: Record<Measure, number | null> = {
    ordersPerMinute: placed.growthPerMinute(nowMs),
    eventsPerSecond: counters.eventsPerSecond ?? null,
    sockets: counters.sockets ?? null,
    ageP50: percentile(seen, 0.5),
    ageP99: percentile(seen, 0.99),
  };
  const grown = Object.entries(series.value).map(([name, values]) => [
    name,
    [...values, now[name as Measure]].slice(-POINTS_MAX),
  ]);
  series.value = Object.fromEntries(grown) as Series;
}
