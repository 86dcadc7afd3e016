// One person's screen on the stage, and the switch between them and the city.

import { useRef } from "preact/hooks";
import { say } from "../preferences";
import type { StageInfo } from "../shell/cast";
import { hand, personOf } from "./city";
import styles from "./Stage.module.css";
import { stageWords } from "./words";

export const ROLES = ["customer", "store", "rider", "operator"] as const;
export type StageRole = (typeof ROLES)[number];

const OPERATOR_ID = "o-1";

type Props = { role: StageRole; info: StageInfo; isOpen: boolean };

export function Pane({ role, info, isOpen }: Props) {
  const words = say(stageWords);
  const who = words.panes[role];
  const person = role === "operator" ? null : personOf(info, role);
  const id = person?.id ?? OPERATOR_ID;
  // On a phone only the open tab is loaded; once loaded it stays.
  const wasShown = useRef(false);
  wasShown.current ||= isOpen || matchMedia("(min-width: 760px)").matches;

  return (
    <section class={styles.pane} data-role={role} data-open={isOpen} aria-label={who}>
      <header class={styles.caption}>
        <b>{who}</b>
        {person && <span>{person.isByCity ? words.byCity : words.byYou}</span>}
        {person && role !== "operator" && (
          <button
            type="button"
            class={styles.hand}
            data-by={person.isByCity ? "city" : "you"}
            aria-label={`${who}: ${person.isByCity ? words.takeOver : words.giveBack}`}
            onClick={() => hand(role, id, person.isByCity ? "you" : "city")}
          >
            {person.isByCity ? words.takeOver : words.giveBack}
          </button>
        )}
        <a
          class={styles.alone}
          href={`/${role}?as=${encodeURIComponent(id)}`}
          target="_blank"
          rel="noopener"
        >
          <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
            <path
              d="M9 5H5v14h14v-4M13 5h6v6M19 5l-8 8"
              fill="none"
              stroke="currentColor"
              stroke-width="2"
            />
          </svg>
          <span class={styles.hidden}>{words.openAlone(who)}</span>
        </a>
      </header>
      {wasShown.current && (
        <iframe data-pane={role} title={who} src={`/${role}?as=${encodeURIComponent(id)}&pane=1`} />
      )}
    </section>
  );
}
