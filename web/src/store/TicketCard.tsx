// One ticket: what to cook, how long it has waited, and the one thing to do next.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { Ticket } from "../contract";
import { type Column, paceOf } from "../core/board";
import { secondsUntil, stopwatch } from "../core/clock";
import { meters, timeOfDay } from "../core/formats";
import { ageSeconds, serverNow } from "../live";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { AcceptOrReject } from "./AcceptOrReject";
import styles from "./TicketCard.module.css";
import { isWorking, step } from "./tickets";
import { storeWords } from "./words";

type Props = { ticket: Ticket; column: Column };

export function TicketCard({ ticket, column }: Props) {
  const words = say(storeWords);
  const failed = useSignal<string | null>(null);
  const pace = paceOf(ticket, serverNow.value);

  const run = async (...[command, body]: [Parameters<typeof step>[1], object?]) => {
    failed.value = null;
    try {
      await step(ticket, command, body);
    } catch (failure) {
      failed.value = inWords(failure);
    }
  };

  return (
    <article class={styles.ticket} data-pace={pace} aria-label={`#${ticket.number}`}>
      <header class={styles.head}>
        <b>#{ticket.number}</b>
        <span class={styles.age} role="timer">
          {stopwatch(ageSeconds(ticket.placedAt) ?? 0)}
        </span>
        <span class={styles.pace}>{words.pace[pace]}</span>
      </header>
      <Items ticket={ticket} />
      {ticket.attention && <p class={styles.note}>{words.attention}</p>}
      <p class={styles.fact}>{factOf(ticket, column)}</p>
      <Refusal text={failed.value} />
      {isWorking.value && (
        <div class={styles.act}>
          {column === "PLACED" && <AcceptOrReject ticket={ticket} onStep={run} />}
          {column === "ACCEPTED" && (
            <Button look="primary" onPress={() => run("startCook")}>
              {words.start}
            </Button>
          )}
          {column === "COOKING" && (
            <Button look="primary" onPress={() => run("finishCook")}>
              {words.finish}
            </Button>
          )}
        </div>
      )}
    </article>
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

function factOf(ticket: Ticket, column: Column): string {
  const words = say(storeWords);
  switch (column) {
    case "PLACED": {
      const left = secondsUntil(ticket.acceptBy, serverNow.value);
      return left === null ? "" : words.autoCancel(stopwatch(left));
    }
    case "ACCEPTED":
    case "COOKING":
      return ticket.cookDueAt ? words.dueIn(timeOfDay(ticket.cookDueAt, language.value)) : "";
    case "COOKED":
      return riderFact(ticket);
  }
}

function riderFact({ rider, delivery }: Ticket): string {
  const words = say(storeWords);
  if (rider === null) {
    return words.seeking(delivery.ringMeters === null ? null : meters(delivery.ringMeters));
  }
  const { distanceMeters } = rider;
  return typeof distanceMeters === "number" ? words.coming(meters(distanceMeters)) : words.assigned;
}
