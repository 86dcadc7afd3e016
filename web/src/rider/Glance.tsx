// While riding: one line as large as it can be, and nothing to read or to hit.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { meters } from "../core/formats";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import styles from "./Glance.module.css";
import { currentJob, goalOf } from "./goal";
import { rows } from "./jobs";
import { riderWords } from "./words";

/** Close enough to look up for the door. */
const NEAR_METERS = 100;

export function Glance({ onLeave }: { onLeave: () => void }) {
  const words = say(riderWords);
  const job = currentJob();
  const goal = job && goalOf(job);
  const isNear = goal !== null && goal.leftMeters !== null && goal.leftMeters <= NEAR_METERS;
  useCue(isNear, [120, 80, 120]);
  useNewJobCue();
  return (
    <section class={styles.glance} aria-label={words.glance.label}>
      {goal ? (
        <>
          <p class={styles.what}>
            {goal.isCarried ? words.stages.toCustomer : words.stages.toStore}
          </p>
          <p class={styles.far}>{meters(goal.leftMeters)}</p>
          <p class={styles.where}>{goal.name}</p>
        </>
      ) : (
        <>
          <p class={styles.far}>{words.near((rows.value ?? []).length)}</p>
          <p class={styles.what}>{words.glance.stop}</p>
        </>
      )}
      <Button local look="quiet" onPress={onLeave}>
        {words.glance.leave}
      </Button>
    </section>
  );
}

/** Shakes once when something becomes true. */
function useCue(isTrue: boolean, pattern: number[]): void {
  useEffect(() => {
    if (isTrue) navigator.vibrate?.(pattern);
  }, [isTrue]);
}

/** A new job is felt, not read. */
function useNewJobCue(): void {
  const count = (rows.value ?? []).filter((row) => row.gone === null).length;
  const known = useSignal(count);
  useEffect(() => {
    if (count > known.value) navigator.vibrate?.(200);
    known.value = count;
  }, [count]);
}
