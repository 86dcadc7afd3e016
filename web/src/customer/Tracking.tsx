// One order on its way: what, where, when. Everything else is smaller.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isCalledOff, isEnded } from "../core/steps";
import { say } from "../preferences";
import { Refusal, Skeleton } from "../shell/Notice";
import { faceTab } from "../shell/tabFace";
import { common } from "../words/common";
import { CalledOff } from "./CalledOff";
import { CancelOrder } from "./CancelOrder";
import { EtaHeader } from "./EtaHeader";
import { Halves } from "./Halves";
import { fixOf, followOrder, orderOf, ridersNearOf } from "./orders";
import { Receipt } from "./Receipt";
import { ShareOrder } from "./ShareOrder";
import { Stepper } from "./Stepper";
import { useSpokenState } from "./spoken";
import styles from "./Tracking.module.css";
import { TrackMap } from "./TrackMap";
import { customerWords } from "./words";

export function Tracking({ orderId }: { orderId: string }) {
  const refused = useSignal(false);
  useEffect(() => followOrder(orderId, () => (refused.value = true)), [orderId]);
  const order = orderOf(orderId);
  useSpokenState(order, order?.payment.state ?? null);
  // Whatever comes next has a title of its own, but the ring is only this order's.
  useEffect(() => () => faceTab(say(customerWords).title, -1), []);

  // Whoever sees it arrive keeps the map, or all below would jump into its place.
  const seenId = useRef("");
  if (order !== null && !isEnded(order.state)) seenId.current = order.id;

  if (order === null) {
    return refused.value ? (
      <Refusal text={say(common).problem.not_found} />
    ) : (
      <Skeleton heights={[120, 84, 260, 140]} />
    );
  }
  const hasMap =
    !isEnded(order.state) || (seenId.current === order.id && order.state === "DELIVERED");
  return (
    <Halves
      label={say(common).order(order.number)}
      map={!hasMap ? null : <TrackMap order={order} fix={fixOf(order.id)} />}
      more={
        <>
          <Receipt order={order} />
          <ShareOrder order={order} />
          <CancelOrder order={order} />
        </>
      }
    >
      <p class={styles.store}>
        <b>{order.store.name}</b> <span>#{order.number}</span>
      </p>
      {isCalledOff(order.state) || order.state === "PAYMENT_FAILED" ? (
        <CalledOff order={order} />
      ) : (
        <>
          <EtaHeader order={order} fix={fixOf(order.id)} ridersNear={ridersNearOf(order.id)} />
          <Stepper order={order} />
          {order.attention && <p class={styles.attention}>{say(customerWords).track.attention}</p>}
        </>
      )}
    </Halves>
  );
}
