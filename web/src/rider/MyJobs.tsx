// The jobs this rider holds, the first of them large, and how the last one ended.

import { useEffect, useRef } from "preact/hooks";
import type { Job } from "../contract";
import { meters } from "../core/formats";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { isWatching } from "../shell/driver";
import { common } from "../words/common";
import { currentJob, goalOf, preferred } from "./goal";
import { JobCard } from "./JobCard";
import { ended, mine } from "./jobs";
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
