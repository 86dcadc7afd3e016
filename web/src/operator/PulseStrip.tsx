// The pulse in numbers, each with its last minute as a line.

import { stopwatch } from "../core/clock";
import { count } from "../core/formats";
import { acceptSeconds } from "../core/lateness";
import { percentile, polyline } from "../core/pulse";
import { say } from "../preferences";
import { orders } from "./orders";
import styles from "./Pulse.module.css";
import { type Measure, POINTS_MAX, series } from "./pulse";
import { counters } from "./town";
import { operatorWords } from "./words";

const MEASURES: readonly Measure[] = [
  "ordersPerMinute",
  "eventsPerSecond",
  "sockets",
  "ageP50",
  "ageP99",
];
/** Counters that the lines already tell. */
const DRAWN = ["eventsPerSecond", "sockets"];

export function PulseStrip() {
  const words = say(operatorWords);
  return (
    <>
      <dl class={styles.strip} aria-label={words.pulseLabel}>
        {MEASURES.map((measure) => (
          <Tile key={measure} measure={measure} />
        ))}
      </dl>
      <Rest />
    </>
  );
}

function Tile({ measure }: { measure: Measure }) {
  const words = say(operatorWords);
  const values = series.value[measure];
  const now = values.at(-1) ?? null;
  const isAge = measure === "ageP50" || measure === "ageP99";
  const text = now === null ? "–" : count(isAge ? Math.round(now) : Math.round(now * 10) / 10);
  return (
    <div title={isAge ? words.ageHint : undefined}>
      <dt>{words.measures[measure]}</dt>
      <dd>
        {text}
        {isAge && now !== null && <small>ms</small>}
      </dd>
      <dd class={styles.line}>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <polyline points={polyline(values, POINTS_MAX)} vector-effect="non-scaling-stroke" />
        </svg>
      </dd>
    </div>
  );
}

/** The other counters, in words. */
function Rest() {
  const words = say(operatorWords);
  // Before they are told their places are there, so that nothing moves when they are.
  const known =
    counters.value ?? Object.fromEntries(Object.keys(words.counters).map((name) => [name, null]));
  const shown = Object.entries(known).filter(([name]) => !DRAWN.includes(name));
  const waits = acceptSeconds(orders.value ?? []);
  return (
    <ul class={styles.rest} aria-label={words.countersLabel}>
      {shown.map(([name, value]) => (
        <li key={name}>
          {words.counters[name] ?? spaced(name)} <b>{value === null ? "–" : count(value)}</b>
        </li>
      ))}
      <li>
        {words.accept}{" "}
        <b>
          {share(waits, 0.5)} · p95 {share(waits, 0.95)}
        </b>
      </li>
    </ul>
  );
}

/** The time below which that share of all lies. */
function share(seconds: readonly number[], of: number): string {
  const value = percentile(seconds, of);
  return value === null ? "–" : stopwatch(value);
}

/** `eventAgeMs` as `event age ms`, for a counter nobody has named yet. */
function spaced(name: string): string {
  return name.replace(/([A-Z])/g, " $1").toLowerCase();
}
