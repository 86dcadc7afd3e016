// One order on its way: what, where, when. Everything else is smaller.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Order } from "../contract";
import { timeOfDay } from "../core/formats";
import { isCalledOff } from "../core/steps";
import { language, say } from "../preferences";
import { announce } from "../shell/Announcer";
import { Refusal, Skeleton } from "../shell/Notice";
import { common } from "../words/common";
import { CalledOff } from "./CalledOff";
import { CancelOrder } from "./CancelOrder";
import { EtaHeader } from "./EtaHeader";
import { followOrder, orderOf } from "./orders";
import { Receipt } from "./Receipt";
import { Stepper } from "./Stepper";
import styles from "./Tracking.module.css";
import { TrackMap } from "./TrackMap";
import { customerWords } from "./words";

export function Tracking({ orderId }: { orderId: string }) {
  const refused = useSignal(false);
  useEffect(() => followOrder(orderId, () => (refused.value = true)), [orderId]);
  const order = orderOf(orderId);
  useSpokenState(order);

  if (order === null) {
    return refused.value ? (
      <Refusal text={say(common).problem.not_found} />
    ) : (
      <Skeleton heights={[120, 84, 260, 140]} />
    );
  }
  return (
    <article class={styles.order} aria-label={say(common).order(order.number)}>
      <p class={styles.store}>
        <b>{order.store.name}</b> <span>#{order.number}</span>
      </p>
      {isCalledOff(order.state) || order.state === "PAYMENT_FAILED" ? (
        <CalledOff order={order} />
      ) : (
        <>
          <EtaHeader order={order} />
          <Stepper order={order} />
          {order.attention && <p class={styles.attention}>{say(customerWords).track.attention}</p>}
          {order.state !== "DELIVERED" && <TrackMap order={order} />}
        </>
      )}
      <Receipt order={order} />
      <CancelOrder order={order} />
    </article>
  );
}

/** Steps are told to those who listen, and to the title of the page. */
function useSpokenState(order: Order | null): void {
  const state = order?.state;
  const money = order?.payment.state;
  const to = order?.eta?.to;
  useEffect(() => {
    if (!state || !money) return;
    const words = say(common);
    const isOff = isCalledOff(state);
    announce(isOff ? `${words.state[state]}, ${words.payment[money]}` : words.state[state]);
  }, [state, money, language.value]);
  useEffect(() => {
    if (!state) return;
    const word = say(common).state[state];
    document.title = to ? `${word} · ${timeOfDay(to, language.value)}` : word;
  }, [state, to, language.value]);
}
