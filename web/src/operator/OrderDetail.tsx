// One order: its saga event by event, what its payment really did, and the ways to step in.

import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { inWords } from "../api";
import type { Order, Step } from "../contract";
import { timeToTheSecond, won } from "../core/formats";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import { common } from "../words/common";
import styles from "./OperatorScreen.module.css";
import { chosen, chosenId, payments, retryRefund, timeline } from "./orders";
import { StepIn } from "./StepIn";
import { operatorWords } from "./words";

/** The command whose causes and effects are marked in the log. */
const traced = signal<string | null>(null);

export function OrderDetail() {
  const words = say(operatorWords);
  const order = chosen.value;
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    traced.value = null;
    // Beside the list on a wide screen, below it on a narrow one.
    place.current?.scrollIntoView({ block: "nearest" });
  }, [chosenId.value]);
  if (chosenId.value === null) return <Empty>{words.choose}</Empty>;
  return (
    <section aria-labelledby="log" ref={place}>
      <h2 id="log" class={styles.heading}>
        {words.timeline(order?.number ?? 0)}
      </h2>
      {order && <Summary order={order} />}
      {timeline.value === null ? (
        <Skeleton heights={[40, 40, 40]} />
      ) : (
        <Log steps={timeline.value} />
      )}
    </section>
  );
}

function Summary({ order }: { order: Order }) {
  const words = say(operatorWords);
  const failed = useSignal<string | null>(null);
  const payment = payments.value?.[0];
  const retry = () => {
    failed.value = null;
    return retryRefund(order).catch((failure) => {
      failed.value = inWords(failure);
    });
  };
  return (
    <div class={styles.summary}>
      <p>
        <b>{order.store.name}</b> · {say(common).state[order.state]}
        {order.rider && <> · {order.rider.id}</>}
      </p>
      <p class={styles.facts}>
        {won(order.totalWon)} · {say(common).payment[order.payment.state]}
        {payment && <> · {words.ledger(payment.provider, payment.charges, payment.refunds)}</>}
      </p>
      <Refusal text={failed.value} />
      <div class={styles.deeds}>
        {order.payment.state === "REFUND_STUCK" && (
          <>
            <Button look="primary" onPress={retry}>
              {words.retryRefund}
            </Button>
            <StepIn key={`settle ${order.id}`} order={order} deed="settle" />
          </>
        )}
        {canCancel(order) && <StepIn key={`cancel ${order.id}`} order={order} deed="cancel" />}
        {canReassign(order) && (
          <StepIn key={`reassign ${order.id}`} order={order} deed="reassign" />
        )}
        {order.state === "DELIVERING" && (
          <StepIn key={`complete ${order.id}`} order={order} deed="complete" />
        )}
      </div>
    </div>
  );
}

function canCancel({ state }: Order): boolean {
  return !["PAYMENT_PENDING", "DELIVERED", "PAYMENT_FAILED", "REJECTED", "CANCELED"].includes(
    state,
  );
}

function canReassign({ rider, delivery }: Order): boolean {
  return rider !== null && ["CLAIMED", "PICKED_UP"].includes(delivery.state);
}

function Log({ steps }: { steps: Step[] }) {
  const words = say(operatorWords);
  const mark = (command: string) => {
    traced.value = traced.value === command ? null : command;
  };
  return (
    <ol class={styles.log}>
      {steps.map(({ event, at, by, reason, command, cause }, place) => (
        <li
          key={`${place} ${event}`}
          data-by={by.split(":")[0]}
          data-traced={traced.value !== null && [command, cause].includes(traced.value)}
        >
          <b>{words.events[event] ?? event}</b>
          <time dateTime={at}>{timeToTheSecond(at, language.value)}</time>
          <small>
            {[actor(by), reason && (words.reasons[reason] ?? reason)].filter(Boolean).join(" · ")}
          </small>
          {command && (
            <button
              type="button"
              class={styles.trace}
              aria-pressed={traced.value === command}
              title={words.traceHint}
              onClick={() => mark(command)}
            >
              {words.command} {tail(command)}
              {cause && ` ← ${tail(cause)}`}
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Ids of one moment begin alike; their ends tell them apart. */
function tail(id: string): string {
  return id.slice(-8);
}

function actor(by: string): string {
  const [role = by, id] = by.split(":");
  const word = say(operatorWords).actors[role] ?? role;
  return id ? `${word} ${id}` : word;
}
