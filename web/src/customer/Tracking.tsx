// One order on its way: what, where, when. Everything else is smaller.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Order } from "../contract";
import { secondsUntil } from "../core/clock";
import { timeOfDay } from "../core/formats";
import { isCalledOff, isEnded, stepOf } from "../core/steps";
import { serverNow } from "../live";
import { language, say } from "../preferences";
import { announce } from "../shell/Announcer";
import { Refusal, Skeleton } from "../shell/Notice";
import { faceTab } from "../shell/tabFace";
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

/** A smaller change of the promise is not worth interrupting anybody for. */
const SPOKEN_CHANGE_MS = 2 * 60_000;

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

/** Steps and real changes of the promise are told to those who listen; the tab shows the state. */
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

  const told = useRef<number | null>(null);
  useEffect(() => {
    if (!to) return;
    const before = told.current;
    const moved = before === null ? 0 : Math.abs(Date.parse(to) - before);
    if (before !== null && moved < SPOKEN_CHANGE_MS) return;
    told.current = Date.parse(to);
    const words = say(customerWords).track;
    if (before !== null) announce(`${words.eta} ${timeOfDay(to, language.value)}`);
  }, [to]);

  const left = to === undefined ? null : Math.ceil((secondsUntil(to, serverNow.value) ?? 0) / 60);
  useEffect(() => {
    if (!state) return;
    const word = say(common).state[state];
    const isUnderWay = !isEnded(state) && left !== null && left > 0;
    faceTab(isUnderWay ? say(customerWords).tab(word, left) : word, stepOf(state));
  }, [state, left, language.value]);
  // Whatever comes next has a title of its own, but the ring is only this order's.
  useEffect(() => () => faceTab(say(customerWords).title, -1), []);
}
