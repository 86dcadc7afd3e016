// The state of the line, always in sight: a shape, a word and a colour of its own for each.

import { useEffect } from "preact/hooks";
import { timeOfDay } from "../core/formats";
import { connection, knownUntil, missedCount, reconnectNow } from "../live";
import { language, say } from "../preferences";
import { common } from "../words/common";
import { announce } from "./Announcer";
import styles from "./LinePill.module.css";

export function LinePill() {
  const words = say(common);
  const state = connection.value;
  return (
    <span class={styles.pill} data-state={state} data-testid="line">
      <span class={styles.shape} aria-hidden="true" />
      {state === "caughtUp" ? words.caughtUp(missedCount.value) : words.connection[state]}
    </span>
  );
}

/** Tells those who listen that nothing was missed; for all others the pill says it in its place. */
function useSpokenReturn(): void {
  const state = connection.value;
  const count = missedCount.value;
  useEffect(() => {
    if (state === "caughtUp") announce(say(common).caughtUp(count));
  }, [state, count]);
}

/** Says how old the screen is once that matters, and offers to try again. */
export function LineBanner() {
  useSpokenReturn();
  const words = say(common);
  const state = connection.value;
  if (state === "outdated") {
    return (
      <div class={`${styles.banner} ${styles.news}`} role="status">
        <span>{words.outdated}</span>
        <button type="button" class={styles.again} onClick={() => location.reload()}>
          {words.reload}
        </button>
      </div>
    );
  }
  if (state !== "stale" && state !== "offline" && state !== "refused") return null;
  return (
    <div class={styles.banner} role="status">
      <span>
        {words.connection[state]}
        {knownUntil.value !== null && (
          <> · {words.asOf(timeOfDay(knownUntil.value, language.value))}</>
        )}
      </span>
      {state !== "offline" && (
        <button type="button" class={styles.again} onClick={reconnectNow}>
          {words.reconnectNow}
        </button>
      )}
    </div>
  );
}
