// What a kitchen seldom does with a ticket: say that it takes longer, or call it off.

import type { Ticket } from "../contract";
import { timeOfDay } from "../core/formats";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Reasons } from "./Reasons";
import styles from "./Reasons.module.css";
import { sheetWords } from "./sheetWords";
import { step } from "./steps";

const DELAYS_MINUTES = [5, 10, 15, 20, 30];

type Props = { ticket: Ticket; onClose: () => void };

export function OtherSheet({ ticket, onClose }: Props) {
  const words = say(sheetWords);
  const due = ticket.cookDueAt ? timeOfDay(ticket.cookDueAt, language.value) : null;
  return (
    <>
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
    </>
  );
}
