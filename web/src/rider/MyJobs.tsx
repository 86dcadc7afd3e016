// The jobs this rider holds: where to go next, and the one thing to do there.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { Job } from "../contract";
import { meters, won } from "../core/formats";
import { metersBetween } from "../core/geometry";
import { stageOf } from "../core/jobs";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { isWatching } from "../shell/driver";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import { ended, mine, position, step } from "./jobs";
import styles from "./MyJobs.module.css";
import { riderWords } from "./words";

/** How the last job ended; nothing just disappears from a rider's hands. */
export function EndedJob() {
  const words = say(riderWords).over;
  const job = ended.value;
  if (job === null) return null;
  const isDone = job.state === "COMPLETED";
  const word = isDone ? words.done : job.state === "WITHDRAWN" ? words.withdrawn : words.moved;
  return (
    <div class={styles.ended} data-done={isDone} role="status">
      <span>
        #{job.number} · {word}
      </span>
      <Button local look="quiet" label={say(common).close} onPress={() => (ended.value = null)}>
        ✕
      </Button>
    </div>
  );
}

export function MyJobs() {
  if (mine.value.length === 0) return null;
  return (
    <section aria-labelledby="mine">
      <h2 id="mine" class={styles.heading}>
        {say(riderWords).mine}
      </h2>
      <ul class={styles.jobs}>
        {mine.value.map((job) => (
          <li key={job.orderId}>
            <JobCard job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function JobCard({ job }: { job: Job }) {
  const words = say(riderWords);
  const failed = useSignal<string | null>(null);
  const isCarried = stageOf(job) === "pickedUp";
  const goal = isCarried ? job.dropoff : job.store;
  const left = position.value ? meters(metersBetween(position.value, goal)) : null;

  const run = async (command: Parameters<typeof step>[1]) => {
    failed.value = null;
    await step(job, command).catch((failure) => {
      failed.value = inWords(failure);
    });
  };

  return (
    <article class={styles.job} aria-label={`#${job.number}`}>
      <p class={styles.stage}>
        <span>{isCarried ? words.stages.toCustomer : words.stages.toStore}</span>
        <b>{left && words.away(left)}</b>
      </p>
      <p class={styles.goal}>
        {isCarried ? (job.dropoff.address ?? job.dropoff.area) : job.store.name}
      </p>
      <p class={styles.fact}>
        #{job.number} · {job.store.name} → {job.dropoff.address ?? job.dropoff.area} ·{" "}
        {won(job.feeWon)}
      </p>
      {isCarried && job.dropoff.note && <p class={styles.note}>{job.dropoff.note}</p>}
      <Refusal text={failed.value} />
      {!isWatching.value && (
        <div class={styles.act}>
          <Button look="primary" onPress={() => run(isCarried ? "confirm" : "pick")}>
            {isCarried ? words.confirm : words.pick}
          </Button>
          {!isCarried && <Release onRelease={() => run("release")} />}
        </div>
      )}
    </article>
  );
}

function Release({ onRelease }: { onRelease: () => Promise<void> }) {
  const words = say(riderWords);
  const isAsking = useSignal(false);
  const close = () => {
    isAsking.value = false;
  };
  return (
    <>
      <Button local look="quiet" onPress={() => (isAsking.value = true)}>
        {words.release}
      </Button>
      {isAsking.value && (
        <Dialog title={words.releaseTitle} onClose={close}>
          <p>{words.releaseHint}</p>
          <Button look="danger" onPress={() => onRelease().finally(close)}>
            {words.release}
          </Button>
          <Button local look="primary" onPress={close}>
            {words.releaseKeep}
          </Button>
        </Dialog>
      )}
    </>
  );
}
