// Something is wrong with a job: tell the operators, or give it to somebody else while one can.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { Job } from "../contract";
import { stageOf } from "../core/jobs";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import styles from "./JobHelp.module.css";
import { release, reportProblem } from "./jobs";
import { riderWords } from "./words";

type Props = { job: Job; onClose: () => void };

export function JobHelp({ job, onClose }: Props) {
  const words = say(riderWords).help;
  const failed = useSignal<string | null>(null);
  const isReported = useSignal(false);

  const run = async (act: () => Promise<void>, done: () => void) => {
    failed.value = null;
    await act().then(done, (failure) => {
      failed.value = inWords(failure);
    });
  };
  const report = (reason: string) =>
    run(
      () => reportProblem(job, reason),
      () => {
        isReported.value = true;
      },
    );

  return (
    <>
      <Refusal text={failed.value} />
      {isReported.value ? (
        <p role="status">{words.reported}</p>
      ) : (
        <div class={styles.section}>
          <p>{words.problemHint}</p>
          <Chips label={words.problem} reasons={words.problems} onChoose={report} />
        </div>
      )}
      {stageOf(job) === "claimed" && !isReported.value && (
        <div class={styles.section}>
          <p>{words.releaseHint}</p>
          <Chips
            label={words.release}
            reasons={words.releases}
            look="danger"
            onChoose={(reason) => run(() => release(job, reason), onClose)}
          />
        </div>
      )}
      <Button local look="primary" onPress={onClose}>
        {words.keep}
      </Button>
    </>
  );
}

type ChipsProps = {
  label: string;
  reasons: Record<string, string>;
  look?: "danger" | "plain";
  onChoose: (reason: string) => Promise<void>;
};

function Chips({ label, reasons, look = "plain", onChoose }: ChipsProps) {
  return (
    <ul class={styles.chips} aria-label={label}>
      {Object.entries(reasons).map(([reason, word]) => (
        <li key={reason}>
          <Button look={look} onPress={() => onChoose(reason)}>
            {word}
          </Button>
        </li>
      ))}
    </ul>
  );
}
