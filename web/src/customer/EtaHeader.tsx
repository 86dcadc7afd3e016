// When it comes, what was promised first, and why that changed.

import type { Order } from "../contract";
import { meters, timeOfDay, timeRange } from "../core/formats";
import { metersBetween } from "../core/geometry";
import { reachedAt } from "../core/steps";
import { FIX_STALE_SECONDS } from "../core/thresholds";
import { ageSeconds, isUpToDate, serverNow } from "../live";
import { language, say } from "../preferences";
import styles from "./EtaHeader.module.css";
import { fixOf, ridersNearOf } from "./orders";
import { PromiseLedger } from "./PromiseLedger";
import { customerWords } from "./words";

export function EtaHeader({ order }: { order: Order }) {
  if (order.state === "DELIVERED") return <Arrived order={order} />;
  return (
    <section class={styles.eta}>
      <Window order={order} />
      <p class={styles.now}>{nowDoing(order)}</p>
      <PromiseLedger order={order} />
    </section>
  );
}

function Window({ order }: { order: Order }) {
  const words = say(customerWords).track;
  // Its place is kept, so that nothing moves down once the store has answered.
  if (order.eta === null) {
    return (
      <>
        <p class={styles.label}>{words.eta}</p>
        <p class={styles.time}>
          <small>{words.etaLater}</small>
        </p>
      </>
    );
  }
  return (
    <>
      <p class={styles.label}>{words.eta}</p>
      <p class={styles.time}>
        {!isUpToDate.value && <small>{words.about} </small>}
        {timeRange(order.eta.from, order.eta.to, language.value)}
      </p>
    </>
  );
}

/** One sentence on what is happening right now. */
function nowDoing(order: Order): string {
  const words = say(customerWords).track;
  switch (order.state) {
    case "PAYMENT_PENDING":
      return say(customerWords).track.pending;
    case "PLACED":
      return words.waiting;
    case "ACCEPTED":
      return words.accepted;
    case "COOKING":
      return order.cookDueAt && Date.parse(order.cookDueAt) > serverNow.value
        ? words.cookingUntil(timeOfDay(order.cookDueAt, language.value))
        : words.cooking;
    case "COOKED":
      return order.delivery.state === "CLAIMED" ? words.toStore : seeking(order);
    case "DELIVERING":
      return ahead(order);
    default:
      return "";
  }
}

function seeking(order: Order): string {
  const seconds = ageSeconds(order.delivery.openedAt) ?? 0;
  const words = say(customerWords).track;
  const near = ridersNearOf(order.id);
  const seeking = words.seeking(Math.floor(seconds / 60));
  return near === null ? seeking : `${seeking} · ${words.ridersNear(near)}`;
}

function ahead(order: Order): string {
  const words = say(customerWords).track;
  const fix = fixOf(order.id);
  const isFresh = (ageSeconds(fix?.at) ?? Infinity) <= FIX_STALE_SECONDS;
  if (fix === null || !isFresh || !order.address) return words.onTheWay;
  return words.ahead(meters(metersBetween(fix.point, order.address)));
}

function Arrived({ order }: { order: Order }) {
  const words = say(customerWords).track;
  const at = reachedAt(order, "delivered");
  const minutes = (from: string | null | undefined) =>
    at && from ? Math.round((Date.parse(at) - Date.parse(from)) / 60_000) : null;
  const took = minutes(reachedAt(order, "placed") ?? order.placedAt);
  const late = minutes(order.eta?.firstPromise);
  return (
    <section class={styles.eta}>
      <p class={styles.time}>{words.arrived}</p>
      <p class={styles.promise}>
        {took !== null && words.took(took)}
        {late !== null && <> · {late > 0 ? words.late(late) : words.onTime}</>}
      </p>
    </section>
  );
}
