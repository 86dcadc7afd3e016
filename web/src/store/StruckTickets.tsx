// Orders that were called off: struck through, in sight of every column, until somebody has seen it.

import type { Ticket } from "../contract";
import { outlined } from "../live";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import { refusals, step } from "./steps";
import styles from "./TicketCard.module.css";
import { isWorking, struckTickets } from "./tickets";
import { storeWords } from "./words";

export function StruckTickets() {
  const words = say(storeWords);
  if (struckTickets.value.length === 0) return null;
  return (
    <section class={styles.struck} aria-labelledby="struck">
      <div class={styles.struckHead}>
        <h2 id="struck">{words.struck}</h2>
        {isWorking.value && struckTickets.value.length > 1 && (
          <Button onPress={acknowledgeAll}>
            {words.acknowledgeAll(struckTickets.value.length)}
          </Button>
        )}
      </div>
      <ul class={styles.struckList}>
        {struckTickets.value.map((ticket) => (
          <li
            key={ticket.orderId}
            aria-label={`#${ticket.number}`}
            data-changed={outlined.value.has(ticket.orderId)}
          >
            <b>
              #{ticket.number} · {say(common).state[ticket.state]}
            </b>
            <span>{why(ticket)}</span>
            <s>{ticket.items.map((line) => `${line.name} ${line.quantity}`).join(", ")}</s>
            <Refusal text={refusals.value.get(ticket.orderId) ?? null} />
            {isWorking.value && (
              <Button onPress={() => step(ticket, "acknowledge")}>{words.acknowledge}</Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function acknowledgeAll(): Promise<unknown> {
  return Promise.all(struckTickets.peek().map((ticket) => step(ticket, "acknowledge")));
}

function why({ reason }: Ticket): string {
  const words: Record<string, string> = say(storeWords).calledOffBy;
  return (reason === null ? undefined : words[reason]) ?? "";
}
