// The jobs nearby: rows that hold still, and one big button for the chosen one.

import { useEffect, useRef } from "preact/hooks";
import { meters, timeOfDay, won } from "../core/formats";
import { type Row, stageOf } from "../core/jobs";
import { serverNow } from "../live";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { isWatching } from "../shell/driver";
import { Empty, Skeleton } from "../shell/Notice";
import { ClaimBar } from "./ClaimBar";
import styles from "./Feed.module.css";
import { RADII_METERS, radiusMeters } from "./jobs";
import { select, selected } from "./selection";
import { isHeld, isPaused, isScrolled, metersTo, showWaiting, steady, touch } from "./steady";
import { riderWords } from "./words";

export function Feed() {
  const words = say(riderWords);
  const head = useRef<HTMLElement>(null);
  useEffect(() => watchScroll(head.current), []);
  const shown = steady.value?.rows;
  const waiting = steady.value?.waiting ?? 0;
  const there = shown?.filter((row) => row.gone === null).length ?? 0;

  const show = () => {
    showWaiting();
    head.current?.scrollIntoView({ block: "nearest" });
  };
  return (
    <section class={styles.feed} aria-labelledby="near" onPointerDown={touch} onKeyDown={press}>
      <header class={styles.head} ref={head}>
        <h2 id="near">{words.near(there)}</h2>
        {!isWatching.value && <Tools />}
      </header>
      {shown === undefined && <Skeleton heights={[76, 76]} />}
      {shown?.length === 0 && waiting === 0 && <Empty>{words.none}</Empty>}
      <ul class={styles.rows}>
        {shown?.map((row, at) => (
          <li key={row.job.orderId} data-fold={row.gone !== null && !isHeld.value}>
            <JobRow row={row} number={at + 1} />
          </li>
        ))}
      </ul>
      {waiting > 0 && (
        <button type="button" class={styles.waiting} onClick={show}>
          {words.waiting(waiting)}
        </button>
      )}
      {!isWatching.value && there > 0 && <ClaimBar />}
    </section>
  );
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** Holds the list still for a key as for a finger; arrows walk it. */
function press(event: KeyboardEvent): void {
  touch();
  const step = STEPS[event.key];
  const row = event.target instanceof Element ? event.target.closest("li") : null;
  if (step === undefined || row === null) return;
  const rows = [...(row.parentElement?.querySelectorAll("button") ?? [])].filter(
    (button) => !button.disabled,
  );
  const next = rows[rows.findIndex((button) => row.contains(button)) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

/** Knows when the head of the list has gone up out of sight. */
function watchScroll(head: HTMLElement | null): (() => void) | undefined {
  if (head === null) return;
  const observer = new IntersectionObserver(([entry]) => {
    isScrolled.value = !entry?.isIntersecting && (entry?.boundingClientRect.top ?? 0) < 0;
  });
  observer.observe(head);
  return () => {
    observer.disconnect();
    isScrolled.value = false;
  };
}

function JobRow({ row: { job, gone }, number }: { row: Row; number: number }) {
  const words = say(riderWords);
  const stage = stageOf(job);
  const ready = job.readyAt && Date.parse(job.readyAt) > serverNow.value;
  const when =
    stage === "open"
      ? words.now
      : ready
        ? words.readyAt(timeOfDay(job.readyAt, language.value))
        : words.soon;
  return (
    <button
      type="button"
      class={styles.row}
      data-gone={gone !== null}
      data-stage={stage}
      disabled={gone !== null || stage !== "open"}
      aria-pressed={selected.value?.orderId === job.orderId}
      onClick={() => select(job.orderId)}
    >
      <b class={styles.number}>{number}</b>
      <span class={styles.way}>
        {job.store.name} → {job.dropoff.area}
      </span>
      <span class={styles.far}>{meters(metersTo(job))}</span>
      <span class={styles.when}>
        {gone ? (
          words.gone[gone.reason]
        ) : (
          <>
            {stage === "announced" && <em>{words.preview}</em>}
            {when} · {words.deliveryOf(meters(job.deliveryMeters))}
          </>
        )}
      </span>
      <span class={styles.fee}>{won(job.feeWon)}</span>
    </button>
  );
}

function Tools() {
  const words = say(riderWords);
  return (
    <div class={styles.tools}>
      <label class={styles.radius}>
        <span>{words.radius}</span>
        <select
          value={radiusMeters.value}
          onChange={(event) => {
            radiusMeters.value = Number(event.currentTarget.value);
          }}
        >
          {RADII_METERS.map((wide) => (
            <option key={wide} value={wide}>
              {meters(wide)}
            </option>
          ))}
        </select>
      </label>
      <Button local pressed={isPaused.value} onPress={() => (isPaused.value = !isPaused.value)}>
        {isPaused.value ? words.resumeList : words.pauseList}
      </Button>
    </div>
  );
}
