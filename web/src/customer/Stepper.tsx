// The five public steps of an order, each with its time.

import { timeOfDay } from "../core/formats";
import { reachedAt, STEPS, stepOf } from "../core/steps";
import { language, say } from "../preferences";
import { common } from "../words/common";
import styles from "./Stepper.module.css";
import type { Tracked } from "./tracked";
import { customerWords } from "./words";

export function Stepper({ order }: { order: Tracked }) {
  const words = say(customerWords).track;
  const here = stepOf(order.state);
  return (
    <section class={styles.frame}>
      <p class={styles.state}>{say(common).state[order.state]}</p>
      <ol class={styles.steps} aria-label={words.stepsLabel}>
        {STEPS.map((step, at) => {
          const place = at < here ? "done" : at === here ? "here" : "ahead";
          // An order can skip ahead of what its timeline tells; then the dot says enough.
          const reached = at <= here ? reachedAt(order, step) : null;
          return (
            <li key={step} data-place={place} aria-current={at === here ? "step" : undefined}>
              <span class={styles.word}>{words.steps[step]}</span>
              <time class={styles.time} dateTime={reached ?? undefined}>
                {reached ? timeOfDay(reached, language.value) : ""}
              </time>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
