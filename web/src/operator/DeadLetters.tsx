// What workers gave up, and having it tried again.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { DeadLetter } from "../contract";
import { timeToTheSecond } from "../core/formats";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import styles from "./OperatorScreen.module.css";
import { choose, dead, retryDead } from "./orders";
import { operatorWords } from "./words";

export function DeadLetters() {
  const words = say(operatorWords);
  if (dead.value === null || dead.value.length === 0) return null;
  return (
    <section aria-labelledby="dead">
      <h2 id="dead" class={styles.heading}>
        {words.dead(dead.value.length)}
      </h2>
      {dead.value.length > 1 && <RetryAll letters={dead.value} />}
      <ul class={styles.orders}>
        {dead.value.map((letter) => (
          <li key={letter.id} class={styles.letter}>
            <Letter letter={letter} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What one fault has buried, one repair brings back. */
function RetryAll({ letters }: { letters: DeadLetter[] }) {
  const failed = useSignal<string | null>(null);
  const retry = async () => {
    failed.value = null;
    try {
      // One after the other: each answers with what is left.
      for (const letter of letters) await retryDead(letter);
    } catch (failure) {
      failed.value = inWords(failure);
    }
  };
  return (
    <div class={styles.all}>
      <Button onPress={retry}>{say(operatorWords).retryAll(letters.length)}</Button>
      <Refusal text={failed.value} />
    </div>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const words = say(operatorWords);
  const failed = useSignal<string | null>(null);
  const { orderId, group, reason, at } = letter;
  const retry = () => {
    failed.value = null;
    return retryDead(letter).catch((failure) => {
      failed.value = inWords(failure);
    });
  };
  return (
    <>
      <p>
        <b>{words.groups[group] ?? group}</b> · {timeToTheSecond(at, language.value)}
        <br />
        {reason}
      </p>
      <div class={styles.deeds}>
        {orderId && (
          <Button local onPress={() => choose(orderId)}>
            {words.openOrder}
          </Button>
        )}
        <Button onPress={retry}>{words.retryDead}</Button>
      </div>
      <Refusal text={failed.value} />
    </>
  );
}
