// One ticket: what to cook, how long it has waited, and the one thing to do next.

import type { Ticket } from "../contract";
import { type Column, paceOf } from "../core/board";
import { stopwatch } from "../core/clock";
import { ageSeconds, outlined, serverNow } from "../live";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { AcceptOrReject } from "./AcceptOrReject";
import { factOf } from "./facts";
import { OtherSteps } from "./OtherSteps";
import { refusals, step, underWay } from "./steps";
import styles from "./TicketCard.module.css";
import { isWorking } from "./tickets";
import { targets } from "./today";
import { storeWords } from "./words";

type Props = { ticket: Ticket; column: Column };

export function TicketCard({ ticket, column }: Props) {
  const words = say(storeWords);
  const pace = paceOf(ticket, serverNow.value, targets.value);
  return (
    <article
      class={styles.ticket}
      data-pace={pace}
      data-ticket={ticket.orderId}
      data-under-way={underWay.value.has(ticket.orderId)}
      data-changed={outlined.value.has(ticket.orderId)}
      aria-label={`#${ticket.number}`}
      tabIndex={-1}
    >
      <header class={styles.head}>
        <b>#{ticket.number}</b>
        <span class={styles.age} role="timer">
          {stopwatch(ageSeconds(ticket.placedAt) ?? 0)}
        </span>
        <span class={styles.pace}>{words.pace[pace]}</span>
      </header>
      <Items ticket={ticket} />
      {ticket.attention && <p class={styles.note}>{words.attention[ticket.attention]}</p>}
      <p class={styles.fact}>{factOf(ticket, column, serverNow.value)}</p>
      <Refusal text={refusals.value.get(ticket.orderId) ?? null} />
      {isWorking.value && <Actions ticket={ticket} column={column} />}
    </article>
  );
}

function Actions({ ticket, column }: Props) {
  const words = say(storeWords);
  if (column === "PLACED") {
    return (
      <div class={styles.act}>
        <AcceptOrReject ticket={ticket} />
      </div>
    );
  }
  const next = ({ ACCEPTED: "startCook", COOKING: "finishCook", COOKED: null } as const)[column];
  return (
    <div class={styles.act}>
      {next && (
        <div data-main>
          <Button
            look="primary"
            disabled={underWay.value.has(ticket.orderId)}
            onPress={() => step(ticket, next)}
          >
            {next === "startCook" ? words.start : words.finish}
          </Button>
        </div>
      )}
      <OtherSteps ticket={ticket} />
    </div>
  );
}

/** The dishes, quantity first, as one reads them at the stove. */
function Items({ ticket }: { ticket: Ticket }) {
  return (
    <>
      <ul class={styles.items}>
        {ticket.items.map((line) => (
          <li key={`${line.menuId} ${line.options.join()}`}>
            <b>{line.quantity}</b>
            <span>
              {line.name}
              {line.options.length > 0 && <small>{line.options.join(" · ")}</small>}
            </span>
          </li>
        ))}
      </ul>
      {ticket.note && (
        <p class={styles.note}>
          {say(storeWords).customerNote}: {ticket.note}
        </p>
      )}
    </>
  );
}
