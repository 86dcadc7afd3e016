// Calling an order off while that is possible; the race with the kitchen is settled in the dialog.

import { useSignal } from "@preact/signals";
import { inWords, put, Refused } from "../api";
import type { Order } from "../contract";
import { won } from "../core/formats";
import { isEnded } from "../core/steps";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { isWatching } from "../shell/driver";
import { Refusal } from "../shell/Notice";
import styles from "./CancelOrder.module.css";
import { take } from "./orders";
import { customerWords } from "./words";

export function CancelOrder({ order }: { order: Order }) {
  const words = say(customerWords).cancel;
  const isAsking = useSignal(false);

  if (isWatching.value) return null;
  // An open dialog outlives the button, to say why there is nothing left to cancel.
  if (isEnded(order.state) && !isAsking.value) return null;
  return (
    <div class={styles.cancel}>
      {order.cancelable && (
        <Button local look="danger" onPress={() => (isAsking.value = true)}>
          {words.button}
        </Button>
      )}
      {!isEnded(order.state) && <p>{order.cancelable ? words.until : words.tooLate}</p>}
      {isAsking.value && <CancelDialog order={order} onClose={() => (isAsking.value = false)} />}
    </div>
  );
}

function CancelDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const words = say(customerWords).cancel;
  const failed = useSignal<string | null>(null);

  const cancel = async () => {
    failed.value = null;
    try {
      take(await put<Order>(`/orders/${order.id}/cancel`));
      onClose();
    } catch (failure) {
      failed.value = inWords(failure);
      // A customer is shown the order itself, as it truly is.
      const truth = failure instanceof Refused ? failure.problem.order : undefined;
      if (truth && "timeline" in truth) take(truth);
    }
  };

  if (!order.cancelable) {
    return (
      <Dialog title={words.overtaken} onClose={onClose}>
        <Refusal text={isEnded(order.state) ? words.ended : words.started} />
        <Button local look="primary" onPress={onClose}>
          {words.read}
        </Button>
      </Dialog>
    );
  }
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p>{words.body(won(order.totalWon))}</p>
      <Refusal text={failed.value} />
      <Button look="danger" onPress={cancel}>
        {words.confirm}
      </Button>
      <Button local look="primary" onPress={onClose}>
        {words.keep}
      </Button>
    </Dialog>
  );
}
