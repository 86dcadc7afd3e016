// What a kitchen seldom does with a ticket: say that it takes longer, or call it off.

import { useSignal } from "@preact/signals";
import type { Ticket } from "../contract";
import { timeOfDay } from "../core/formats";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Reasons } from "./Reasons";
import styles from "./Reasons.module.css";
import { step, underWay } from "./steps";
import { storeWords } from "./words";

const DELAYS_MINUTES = [5, 10, 15, 20, 30];

export function OtherSteps({ ticket }: { ticket: Ticket }) {
  const words = say(storeWords);
  const isOpen = useSignal(false);
  const isBusy = underWay.value.has(ticket.orderId);
  return (
    <>
      <Button
        local
        look="quiet"
        disabled={isBusy}
        label={words.otherLabel(ticket.number)}
        onPress={() => (isOpen.value = true)}
      >
        {ticket.state === "COOKED" ? words.other.cancel : words.other.both}
      </Button>
      {isOpen.value && <Sheet ticket={ticket} onClose={() => (isOpen.value = false)} />}
    </>
  );
}

function Sheet({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const words = say(storeWords);
  const due = ticket.cookDueAt ? timeOfDay(ticket.cookDueAt, language.value) : null;
  return (
    <Dialog title={words.otherTitle(ticket.number)} onClose={onClose}>
      {ticket.state !== "COOKED" && (
        <div class={styles.section}>
          <p>{words.delayHint(due)}</p>
          <ul class={styles.chips} aria-label={words.delayLabel}>
            {DELAYS_MINUTES.map((minutes) => (
              <li key={minutes}>
                <Button onPress={() => step(ticket, "delay", { minutes }).finally(onClose)}>
                  {words.delay(minutes)}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div class={styles.section}>
        <p>{words.cancelHint}</p>
        <Reasons
          label={words.cancelLabel}
          reasons={words.cancelReasons}
          onChoose={(reason) => step(ticket, "cancel", { reason }).finally(onClose)}
        />
      </div>
      <Button local onPress={onClose}>
        {words.keep}
      </Button>
    </Dialog>
  );
}
