// The answer to a new order: how long it takes to cook, or why it can't be.

import { useSignal } from "@preact/signals";
import type { Ticket } from "../contract";
import { withinRules } from "../core/kitchen";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { later } from "../shell/later";
import { step, underWay } from "./steps";
import styles from "./TicketCard.module.css";
import { promiseMinutes } from "./today";
import { storeWords } from "./words";

const COOK_MINUTES_STEP = 5;

const RejectSheet = later(() => import("./RejectSheet").then((part) => part.RejectSheet), [96]);

export function AcceptOrReject({ ticket }: { ticket: Ticket }) {
  const words = say(storeWords);
  const chosen = useSignal<number | null>(null);
  const isRejecting = useSignal(false);
  const minutes = chosen.value ?? promiseMinutes.value;
  const isBusy = underWay.value.has(ticket.orderId);

  const change = (by: number) => {
    chosen.value = withinRules(minutes + by);
  };
  const close = () => {
    isRejecting.value = false;
  };

  return (
    <>
      <div class={styles.choose}>
        <Button local label={words.fewer} onPress={() => change(-COOK_MINUTES_STEP)}>
          −
        </Button>
        <div data-main>
          <Button
            look="primary"
            disabled={isBusy}
            onPress={() => step(ticket, "accept", { cookMinutes: minutes })}
          >
            {words.accept(minutes)}
          </Button>
        </div>
        <Button local label={words.more} onPress={() => change(COOK_MINUTES_STEP)}>
          +
        </Button>
      </div>
      <Button local look="quiet" disabled={isBusy} onPress={() => (isRejecting.value = true)}>
        {words.reject}
      </Button>
      {isRejecting.value && (
        <Dialog title={words.rejectTitle(ticket.number)} onClose={close}>
          <RejectSheet ticket={ticket} onClose={close} />
        </Dialog>
      )}
    </>
  );
}
