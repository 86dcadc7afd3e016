// The step of the tour that waits to happen, above everything else on the stage.

import { useEffect } from "preact/hooks";
import { say } from "../preferences";
import { common } from "../words/common";
import styles from "./Tour.module.css";
import { at, followTour, next, STEPS, step, stop } from "./tour";
import { stageWords } from "./words";

export function Tour() {
  useEffect(followTour, []);
  const words = say(stageWords).tour;
  const wanted = step.value;
  if (wanted === null || at.value === null) return null;
  return (
    <section class={styles.tour} aria-label={words.title}>
      <p role="status">
        <b>
          {at.value + 1}/{STEPS.length}
        </b>{" "}
        {words.steps[wanted]}
      </p>
      <button type="button" onClick={next}>
        {words.skip}
      </button>
      <button type="button" onClick={stop}>
        {say(common).close}
      </button>
    </section>
  );
}
