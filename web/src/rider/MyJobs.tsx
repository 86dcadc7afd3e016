// The jobs this rider holds: where to go next, and the one thing to do there.

import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { inWords } from "../api";
import type { Job } from "../contract";
import { meters, timeOfDay, won } from "../core/formats";
import { metersBetween } from "../core/geometry";
import { stageOf } from "../core/jobs";
import { serverNow } from "../live";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { isWatching } from "../shell/driver";
import { later } from "../shell/later";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import { HoldButton } from "./HoldButton";
import { ended, mine, position, step } from "./jobs";
import styles from "./MyJobs.module.css";
import { riderWords } from "./words";

const JobHelp = later(() => import("./JobHelp").then((part) => part.JobHelp), [48, 48, 48]);

/** The job that the rider goes for first, of those in hand; else the first. */
const preferred = signal<string | null>(null);

/** The job whose next step is the one big button. */
export function currentJob(): Job | null {
  return mine.value.find((job) => job.orderId === preferred.value) ?? mine.value[0] ?? null;
}

/** Where a job leads next, and how far that is from here. */
export function goalOf(job: Job) {
  const isCarried = stageOf(job) === "pickedUp";
  const place = isCarried ? job.dropoff : job.store;
  const name = isCarried ? (job.dropoff.address ?? job.dropoff.area) : job.store.name;
  const left = position.value ? metersBetween(position.value, place) : null;
  return { isCarried, name, leftMeters: left };
}

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
  const current = currentJob();
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    // Claimed further down the page: what to do next has to be in sight.
    if (!isWatching.peek()) place.current?.scrollIntoView({ block: "start" });
  }, [current?.orderId]);
  if (current === null) return null;
  const others = mine.value.filter((job) => job !== current);
  return (
    <section aria-labelledby="mine" ref={place}>
      <h2 id="mine" class={styles.heading}>
        {say(riderWords).mine(mine.value.length)}
      </h2>
      <ul class={styles.jobs}>
        <li key={current.orderId}>
          <JobCard job={current} />
        </li>
        {others.map((job) => (
          <li key={job.orderId}>
            <NextJob job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function NextJob({ job }: { job: Job }) {
  const words = say(riderWords);
  const { isCarried, name, leftMeters } = goalOf(job);
  return (
    <button type="button" class={styles.next} onClick={() => (preferred.value = job.orderId)}>
      <span>
        #{job.number} · {isCarried ? words.stages.toCustomer : words.stages.toStore} · {name}
      </span>
      <b>{meters(leftMeters)}</b>
      <small>{words.goFirst}</small>
    </button>
  );
}

function JobCard({ job }: { job: Job }) {
  const words = say(riderWords);
  const failed = useSignal<string | null>(null);
  const { isCarried, name, leftMeters } = goalOf(job);
  const isCooked = job.readyAt === null || Date.parse(job.readyAt) <= serverNow.value;

  const run = async (command: "pick" | "confirm") => {
    failed.value = null;
    await step(job, command).catch((failure) => {
      failed.value = inWords(failure);
    });
  };

  return (
    <article class={styles.job} aria-label={`#${job.number}`}>
      <p class={styles.stage}>
        <span>{isCarried ? words.stages.toCustomer : words.stages.toStore}</span>
        <b>{leftMeters !== null && words.away(meters(leftMeters))}</b>
      </p>
      <p class={styles.goal}>{name}</p>
      <p class={styles.fact}>
        #{job.number} · {job.store.name} → {job.dropoff.address ?? job.dropoff.area} ·{" "}
        {won(job.feeWon)}
      </p>
      {!isCarried && !isCooked && (
        <p class={styles.fact}>{words.readyAt(timeOfDay(job.readyAt, language.value))}</p>
      )}
      {job.dropoff.note && <p class={styles.note}>{job.dropoff.note}</p>}
      <Refusal text={failed.value} />
      {!isWatching.value && (
        <div class={styles.act}>
          {isCarried ? (
            <HoldButton onConfirm={() => run("confirm")}>{words.confirm}</HoldButton>
          ) : (
            <Button look="primary" onPress={() => run("pick")}>
              {words.pick}
            </Button>
          )}
          <Help job={job} />
        </div>
      )}
    </article>
  );
}

/** What seldom happens: something is wrong, or the job has to go to somebody else. */
function Help({ job }: { job: Job }) {
  const words = say(riderWords);
  const isOpen = useSignal(false);
  const close = () => {
    isOpen.value = false;
  };
  return (
    <>
      <Button local look="quiet" onPress={() => (isOpen.value = true)}>
        {stageOf(job) === "claimed" ? words.help.both : words.help.problem}
      </Button>
      {isOpen.value && (
        <Dialog title={words.help.title(job.number)} onClose={close}>
          <JobHelp job={job} onClose={close} />
        </Dialog>
      )}
    </>
  );
}
