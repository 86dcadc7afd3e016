// The four columns; on a narrow screen tabs, with the new orders always in sight.

import { useSignal } from "@preact/signals";
import type { Column } from "../core/board";
import { say } from "../preferences";
import styles from "./Board.module.css";
import { TicketCard } from "./TicketCard";
import { columns } from "./tickets";
import { storeWords } from "./words";

export function Board() {
  const words = say(storeWords);
  const open = useSignal<Column>("PLACED");
  return (
    <>
      <nav class={styles.tabs} aria-label={words.columnsLabel}>
        {columns.value.map(({ column, tickets }) => (
          <button
            key={column}
            type="button"
            aria-pressed={open.value === column}
            data-waiting={column === "PLACED" && tickets.length > 0}
            onClick={() => {
              open.value = column;
            }}
          >
            {words.columns[column]} <b>{tickets.length}</b>
          </button>
        ))}
      </nav>
      <div class={styles.board}>
        {columns.value.map(({ column, tickets }) => (
          <section
            key={column}
            class={styles.column}
            data-column={column}
            data-open={open.value === column}
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
          </section>
        ))}
      </div>
    </>
  );
}
