// The buttons that break things, and the proof that nothing was lost by it.

import { say } from "../preferences";
import { city } from "./city";
import { ROLES } from "./Pane";
import { returns } from "./panes";
import styles from "./Troubles.module.css";
import { step } from "./tour";
import { last, make, pending, TROUBLES } from "./troubles";
import { stageWords } from "./words";

/** There is room for it without pushing the panes off the screen. */
const isRoomy = () => matchMedia("(min-width: 1200px) and (min-height: 880px)").matches;

export function Troubles() {
  const words = say(stageWords).trouble;
  const info = city.value;
  const ongoing = info !== null && info !== "none" ? (info.troubles ?? []) : [];
  return (
    <details class={styles.troubles} open={isRoomy() || step.value === "drop"}>
      <summary>{words.title}</summary>
      <div class={styles.buttons}>
        {TROUBLES.map((trouble) => (
          <button
            key={trouble}
            type="button"
            disabled={pending.value === trouble || ongoing.includes(trouble)}
            onClick={() => make(trouble)}
          >
            {words.names[trouble]}
          </button>
        ))}
      </div>
      <Outcome />
    </details>
  );
}

function Outcome() {
  const words = say(stageWords).trouble;
  const held = last.value;
  return (
    <div class={styles.outcome} role="status">
      {held === null ? <p>{words.hint}</p> : <p>{sentence(words, held)}</p>}
      <ul>
        {ROLES.map((role) => {
          const back = returns.value.get(role);
          if (!back) return null;
          return (
            <li key={role} data-role={role}>
              <b>{say(stageWords).panes[role]}</b>{" "}
              {words.back(Math.max(1, Math.round(back.seconds)))}
              {back.lost !== null && role !== "operator" && (
                <>
                  {" "}
                  · {words.counted(back.missed, Math.max(0, back.missed - back.lost), back.lost)}
                </>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

type Words = ReturnType<typeof troubleWords>;
const troubleWords = () => say(stageWords).trouble;

function sentence(words: Words, { trouble, outcome }: NonNullable<typeof last.value>): string {
  if (typeof outcome === "string") {
    const nothing = outcome === "wrong_state" ? words.nothing[trouble] : undefined;
    return nothing ?? words.refused[outcome] ?? words.refused.unavailable ?? "";
  }
  return words.did[trouble](outcome);
}
