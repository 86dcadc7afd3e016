// Orders that were called off: struck through, in sight of every column, until somebody has seen it.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { Ticket } from "../contract";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import styles from "./TicketCard.module.css";
import { isWorking, step, struckTickets } from "./tickets";
import { storeWords } from "./words";

export function StruckTickets() {
  const words = say(storeWords);
  const failed = useSignal<string | null>(null);
  if (struckTickets.value.length === 0) return null;

  const acknowledge = (ticket: Ticket) =>
    step(ticket, "acknowledge").catch((failure) => {
      failed.value = inWords(failure);
    });

  return (
    <section class={styles.struck} aria-labelledby="struck">
      <h2 id="struck">{words.struck}</h2>
      <Refusal text={failed.value} />
      <ul class={styles.struckList}>
        {struckTickets.value.map((ticket) => (
          <li key={ticket.orderId} aria-label={`#${ticket.number}`}>
            <b>
              #{ticket.number} · {say(common).state[ticket.state]}
            </b>
            <s>{ticket.items.map((line) => `${line.name} ${line.quantity}`).join(", ")}</s>
            {isWorking.value && (
              <Button onPress={() => acknowledge(ticket)}>{words.acknowledge}</Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
