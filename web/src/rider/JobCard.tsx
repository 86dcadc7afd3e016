// The job that comes first: where to go, and the one thing to do there.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { Job } from "../contract";
import { meters, timeOfDay, won } from "../core/formats";
import { stageOf } from "../core/jobs";
import { serverNow } from "../live";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { isWatching } from "../shell/driver";
import { later } from "../shell/later";
import { Refusal } from "../shell/Notice";
import { goalOf } from "./goal";
import { HoldButton } from "./HoldButton";
import { step } from "./jobs";
import styles from "./MyJobs.module.css";
import { riderWords } from "./words";

const JobHelp = later(() => import("./JobHelp").then((part) => part.JobHelp), [48, 48, 48]);

export function JobCard({ job }: { job: Job }) {
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
