// The jobs nearby: rows that hold still, and one big button for the chosen one.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import { meters, timeOfDay, won } from "../core/formats";
import { type Row, stageOf } from "../core/jobs";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { isWatching } from "../shell/driver";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import styles from "./Feed.module.css";
import { claim, RADII_METERS, radiusMeters, rows } from "./jobs";
import { isSteady, select, selected } from "./selection";
import { riderWords } from "./words";

export function Feed() {
  const words = say(riderWords);
  const shown = rows.value;
  const there = shown?.filter((row) => row.gone === null).length ?? 0;
  return (
    <section class={styles.feed} aria-labelledby="near">
      <header class={styles.head}>
        <h2 id="near">{words.near(there)}</h2>
        {!isWatching.value && <Radius />}
      </header>
      {shown === null && <Skeleton heights={[76, 76]} />}
      {shown?.length === 0 && <Empty>{words.none}</Empty>}
      <ul class={styles.rows}>
        {shown?.map((row, at) => (
          <li key={row.job.orderId}>
            <JobRow row={row} number={at + 1} />
          </li>
        ))}
      </ul>
      {!isWatching.value && there > 0 && <ClaimBar />}
    </section>
  );
}

function JobRow({ row: { job, gone }, number }: { row: Row; number: number }) {
  const words = say(riderWords);
  const stage = stageOf(job);
  const ready = job.readyAt && Date.parse(job.readyAt) > Date.now();
  const when =
    stage === "open"
      ? words.now
      : ready
        ? words.readyAt(timeOfDay(job.readyAt, language.value))
        : words.announced;
  return (
    <button
      type="button"
      class={styles.row}
      data-gone={gone !== null}
      disabled={gone !== null || stage !== "open"}
      aria-pressed={selected.value?.orderId === job.orderId}
      onClick={() => select(job.orderId)}
    >
      <b class={styles.number}>{number}</b>
      <span class={styles.way}>
        {job.store.name} → {job.dropoff.area}
      </span>
      <span class={styles.far}>{meters(job.distanceMeters)}</span>
      <span class={styles.when}>
        {gone
          ? words.gone[gone.reason]
          : `${when} · ${words.deliveryOf(meters(job.deliveryMeters))}`}
      </span>
      <span class={styles.fee}>{won(job.feeWon)}</span>
    </button>
  );
}

function Radius() {
  const words = say(riderWords);
  return (
    <label class={styles.radius}>
      {words.radius}
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
  );
}

function ClaimBar() {
  const words = say(riderWords);
  const failed = useSignal<string | null>(null);
  const job = selected.value;
  const press = async () => {
    if (job === null || !isSteady()) return;
    failed.value = null;
    await claim(job).then(
      () => navigator.vibrate?.(80),
      (failure) => {
        failed.value = inWords(failure);
      },
    );
  };
  return (
    <div class={styles.bar}>
      <Refusal text={failed.value} />
      <Button look="primary" disabled={job === null} onPress={press}>
        {job === null ? words.choose : words.claim(job.store.name)}
      </Button>
    </div>
  );
}
