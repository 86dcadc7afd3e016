// The answer to a new order: how long it takes to cook, or why it can't be.

import { useSignal } from "@preact/signals";
import type { Ticket } from "../contract";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import styles from "./TicketCard.module.css";
import { store } from "./tickets";
import { storeWords } from "./words";

const COOK_MINUTES_MIN = 5;
const COOK_MINUTES_MAX = 90;
const COOK_MINUTES_STEP = 5;

type Props = {
  ticket: Ticket;
  onStep: (command: "accept" | "reject", body: object) => Promise<void>;
};

export function AcceptOrReject({ ticket, onStep }: Props) {
  const words = say(storeWords);
  const minutes = useSignal(store.value?.defaultCookMinutes ?? 15);
  const isRejecting = useSignal(false);

  const change = (by: number) => {
    const wanted = minutes.value + by;
    minutes.value = Math.min(COOK_MINUTES_MAX, Math.max(COOK_MINUTES_MIN, wanted));
  };

  return (
    <>
      <div class={styles.choose}>
        <Button local label={words.fewer} onPress={() => change(-COOK_MINUTES_STEP)}>
          −
        </Button>
        <Button look="primary" onPress={() => onStep("accept", { cookMinutes: minutes.value })}>
          {words.accept(minutes.value)}
        </Button>
        <Button local label={words.more} onPress={() => change(COOK_MINUTES_STEP)}>
          +
        </Button>
      </div>
      <Button local look="quiet" onPress={() => (isRejecting.value = true)}>
        {words.reject}
      </Button>
      {isRejecting.value && (
        <RejectDialog
          number={ticket.number}
          onReject={(reason) => onStep("reject", { reason })}
          onClose={() => (isRejecting.value = false)}
        />
      )}
    </>
  );
}

type RejectProps = {
  number: number;
  onReject: (reason: string) => Promise<void>;
  onClose: () => void;
};

function RejectDialog({ number, onReject, onClose }: RejectProps) {
  const words = say(storeWords);
  return (
    <Dialog title={words.rejectTitle(number)} onClose={onClose}>
      <p>{words.rejectHint}</p>
      {Object.entries(words.reasons).map(([reason, word]) => (
        <Button key={reason} look="danger" onPress={() => onReject(reason).finally(onClose)}>
          {word}
        </Button>
      ))}
      <Button local onPress={onClose}>
        {words.rejectKeep}
      </Button>
    </Dialog>
  );
}
