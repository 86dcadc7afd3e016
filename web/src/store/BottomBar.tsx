// Below the board: the last step to take back, what was refused, and the day so far.

import { secondsUntil } from "../core/clock";
import { serverNow } from "../live";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { common } from "../words/common";
import styles from "./BottomBar.module.css";
import { putAway, step, strayRefusals } from "./steps";
import { isWorking, lastStep, ticketOf } from "./tickets";
import { today } from "./today";
import { storeWords } from "./words";

export function BottomBar() {
  if (!isWorking.value) return <Day />;
  return (
    <>
      <Day />
      <div class={styles.bar}>
        <Refused />
        <Undo />
      </div>
    </>
  );
}

/** The last step of the kitchen can be taken back for a few seconds, from any of its tablets. */
function Undo() {
  const words = say(storeWords);
  const ticket = lastStep.value;
  if (ticket === null) return null;
  const what = ticket.state === "COOKED" ? words.finish : words.start;
  const left = secondsUntil(ticket.undoUntil, serverNow.value) ?? 0;
  return (
    <Button onPress={() => step(ticket, "undo")}>
      {words.undo(ticket.number, what)} · {words.undoLeft(left)}
    </Button>
  );
}

/** Refusals of tickets that have left the board meanwhile. */
function Refused() {
  return (
    <>
      {strayRefusals.value.map(([orderId, text]) => (
        <p key={orderId} class={styles.refused} role="alert">
          <span>
            #{ticketOf(orderId)?.number} · {text}
          </span>
          <Button local look="quiet" label={say(common).close} onPress={() => putAway(orderId)}>
            ✕
          </Button>
        </p>
      ))}
    </>
  );
}

function Day() {
  if (today.value === null) return null;
  const { accepted, averageMinutes } = today.value;
  return <p class={styles.day}>{say(storeWords).today(accepted, averageMinutes)}</p>;
}
