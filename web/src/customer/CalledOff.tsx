// An order that was called off: why, and how far the money is on its way back.

import type { Order } from "../contract";
import { timeOfDay } from "../core/formats";
import { refundOf } from "../core/steps";
import { language, say } from "../preferences";
import styles from "./CalledOff.module.css";
import { customerWords } from "./words";

export function CalledOff({ order }: { order: Order }) {
  const words = say(customerWords).off;
  if (order.state === "PAYMENT_FAILED") {
    return (
      <section class={styles.off}>
        <h2>{words.failed}</h2>
        <p>{words.failedHint}</p>
      </section>
    );
  }
  const { reason } = order;
  return (
    <section class={styles.off}>
      <h2>{order.state === "REJECTED" ? words.rejected : words.canceled}</h2>
      {reason && <p>{words.reasons[reason] ?? reason}</p>}
      <RefundSteps order={order} />
    </section>
  );
}

function RefundSteps({ order }: { order: Order }) {
  const words = say(customerWords).off;
  const refund = refundOf(order.payment.state);
  // Nothing was paid, so nothing comes back.
  if (refund === "none" && order.payment.state !== "APPROVED") return null;
  const when = (...events: string[]) =>
    order.timeline.findLast(({ event }) => events.includes(event))?.at ?? null;
  const off = when("OrderCanceled", "OrderRejected");
  const steps: { word: string; at: string | null; place: string }[] = [
    { word: words.steps.off, at: off, place: "done" },
    // The same write that called the order off put it on the store's board.
    ...(order.state === "CANCELED" ? [{ word: words.steps.told, at: off, place: "done" }] : []),
    {
      word: refund === "stuck" ? words.steps.stuck : words.steps.pending,
      at: null,
      place: refund === "done" ? "done" : refund === "stuck" ? "stuck" : "here",
    },
    {
      word: words.steps.done,
      at: when("PaymentRefunded"),
      place: refund === "done" ? "done" : "ahead",
    },
  ];
  return (
    <>
      <ol class={styles.steps} aria-label={words.label}>
        {steps.map(({ word, at, place }) => (
          <li key={word} data-place={place}>
            {word}
            {at && <time dateTime={at}>{timeOfDay(at, language.value)}</time>}
          </li>
        ))}
      </ol>
      {refund === "stuck" && <p>{words.stuckHint}</p>}
    </>
  );
}
