// The one big button of the feed, and what became of the last try.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inWords } from "../api";
import { say } from "../preferences";
import { announce } from "../shell/Announcer";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import styles from "./Feed.module.css";
import { claim, lost } from "./jobs";
import { isSteady, selected } from "./selection";
import { riderWords } from "./words";

/** Long enough to read twice; then it would only stand in the way. */
const READ_MS = 8000;

export function ClaimBar() {
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
      <Lost hasNext={job !== null} />
      <Refusal text={failed.value} />
      {job !== null && (
        <Button look="primary" onPress={press}>
          {words.claim(job.store.name)}
        </Button>
      )}
      {job === null && lost.value === null && <p class={styles.none}>{words.noneOpen}</p>}
    </div>
  );
}

/** Somebody else was faster: said where the next nearest is already chosen. */
function Lost({ hasNext }: { hasNext: boolean }) {
  const words = say(riderWords);
  const job = lost.value;
  const text =
    job && `${words.lost(job.store.name)} ${hasNext ? words.nextChosen : words.noneLeft}`;
  useEffect(() => {
    if (!text) return;
    announce(text);
    const read = setTimeout(() => {
      lost.value = null;
    }, READ_MS);
    return () => clearTimeout(read);
  }, [job]);
  if (!text) return null;
  return <p class={styles.lost}>{text}</p>;
}
