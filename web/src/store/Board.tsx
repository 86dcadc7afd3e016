// The four columns; on a narrow screen tabs, with the new orders always in sight.

import { computed, signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Column } from "../core/board";
import { say } from "../preferences";
import { isPane } from "../shell/pane";
import styles from "./Board.module.css";
import { TicketCard } from "./TicketCard";
import { columns, isWorking } from "./tickets";
import { storeWords } from "./words";

/** The column that a narrow screen shows. */
export const openColumn = signal<Column>("PLACED");

/** As long as nobody works a pane of the stage, it goes where the food is. */
const inSight = computed<Column>(() => {
  const isFull = ({ tickets }: { tickets: unknown[] }) => tickets.length > 0;
  const chosen = columns.value.find(({ column }) => column === openColumn.value);
  if (!isPane || isWorking.value || (chosen && isFull(chosen))) return openColumn.value;
  return columns.value.find(isFull)?.column ?? openColumn.value;
});

function openTab(column: Column): void {
  openColumn.value = column;
}

/** Longer is no touch but something that lies on the screen. */
const TOUCH_MAX_MS = 3000;

export function Board() {
  const words = say(storeWords);
  const { shown, ...touch } = useSteady();
  return (
    <>
      <nav class={styles.tabs} aria-label={words.columnsLabel}>
        {shown.map(({ column, tickets }) => (
          <button
            key={column}
            type="button"
            aria-pressed={inSight.value === column}
            data-waiting={column === "PLACED" && tickets.length > 0}
            onClick={() => openTab(column)}
          >
            {words.columns[column]} <b>{tickets.length}</b>
          </button>
        ))}
      </nav>
      <div class={styles.board} {...touch}>
        {shown.map(({ column, tickets }) => (
          <section
            key={column}
            class={styles.column}
            data-column={column}
            data-open={inSight.value === column}
            aria-label={words.columns[column]}
          >
            <h2>
              {words.columns[column]} <span>{tickets.length}</span>
            </h2>
            {tickets.length === 0 && <p class={styles.empty}>{words.empty[column]}</p>}
            <ul class={styles.tickets}>
              {tickets.map((ticket) => (
                <li key={ticket.orderId}>
                  <TicketCard ticket={ticket} column={column} />
                </li>
              ))}
            </ul>
            {column === "PLACED" && tickets.length > 1 && (
              <button type="button" class={styles.others} onClick={() => openTab(column)}>
                {words.otherNew(tickets.length - 1)}
              </button>
            )}
          </section>
        ))}
      </div>
    </>
  );
}

/** The columns, held as they are while a finger is down: no card moves away under it. */
function useSteady() {
  const tired = useRef<ReturnType<typeof setTimeout>>(undefined);
  const held = useSignal<typeof columns.value | null>(null);
  const letGo = () => {
    clearTimeout(tired.current);
    // The click comes after the finger is up and must still find its card.
    setTimeout(() => {
      held.value = null;
    });
  };
  return {
    shown: held.value ?? columns.value,
    onPointerDown: () => {
      held.value = columns.peek();
      clearTimeout(tired.current);
      tired.current = setTimeout(letGo, TOUCH_MAX_MS);
    },
    onPointerUp: letGo,
    onPointerCancel: letGo,
    onPointerLeave: letGo,
  };
}
