// When it comes, what was promised first, and why that changed.

import { meters, timeOfDay, timeRange } from "../core/formats";
import { metersBetween } from "../core/geometry";
import { isWorthSaying } from "../core/ledger";
import { reachedAt } from "../core/steps";
import { FIX_STALE_SECONDS } from "../core/thresholds";
import { ageSeconds, isUpToDate, serverNow } from "../live";
import { language, say } from "../preferences";
import styles from "./EtaHeader.module.css";
import { PromiseLedger } from "./PromiseLedger";
import type { Fix, Tracked } from "./tracked";
import { customerWords } from "./words";

type Props = {
  order: Tracked;
  /** Where its rider is, if that is known. */
  fix: Fix | null;
  /** How many riders could take it, if the hub has said so. */
  ridersNear?: number | null;
  /** What is said instead of what is happening, and at the end. */
  now?: string;
  arrived?: string;
};

export function EtaHeader({ order, fix, ridersNear = null, now, arrived }: Props) {
  if (order.state === "DELIVERED") return <Arrived order={order} words={arrived} />;
  return (
    <section class={styles.eta}>
      <Window order={order} isOld={isOld(order, fix)} />
      <p class={styles.now}>{now ?? nowDoing(order, fix, ridersNear)}</p>
      <PromiseLedger order={order} />
    </section>
  );
}

/** Whether its rider has not been heard of for a while, so that nobody knows better. */
function isOld(order: Tracked, fix: Fix | null): boolean {
  return order.state === "DELIVERING" && (ageSeconds(fix?.at) ?? 0) > FIX_STALE_SECONDS;
}

function Window({ order, isOld }: { order: Tracked; isOld: boolean }) {
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
        {(isOld || !isUpToDate.value) && <small>{words.about} </small>}
        {timeRange(order.eta.from, order.eta.to, language.value)}
      </p>
    </>
  );
}

/** One sentence on what is happening right now. */
function nowDoing(order: Tracked, fix: Fix | null, ridersNear: number | null): string {
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
      return order.delivery.state === "CLAIMED" ? words.toStore : seeking(order, ridersNear);
    case "DELIVERING":
      return ahead(order, fix);
    default:
      return "";
  }
}

function seeking(order: Tracked, near: number | null): string {
  const seconds = ageSeconds(order.delivery.openedAt) ?? 0;
  const words = say(customerWords).track;
  const seeking = words.seeking(Math.floor(seconds / 60));
  return near === null ? seeking : `${seeking} · ${words.ridersNear(near)}`;
}

function ahead(order: Tracked, fix: Fix | null): string {
  const words = say(customerWords).track;
  const isFresh = (ageSeconds(fix?.at) ?? Infinity) <= FIX_STALE_SECONDS;
  if (fix === null || !isFresh || !order.address) return words.onTheWay;
  return words.ahead(meters(metersBetween(fix.point, order.address)));
}

/** How the first promise was kept. */
function kept(late: number): string {
  const words = say(customerWords).track;
  if (late > 0) return words.late(late);
  return isWorthSaying(late) ? words.early(-late) : words.onTime;
}

function Arrived({ order, words: said }: { order: Tracked; words: string | undefined }) {
  const words = say(customerWords).track;
  const at = reachedAt(order, "delivered");
  const minutes = (from: string | null | undefined) =>
    at && from ? Math.round((Date.parse(at) - Date.parse(from)) / 60_000) : null;
  const took = minutes(reachedAt(order, "placed") ?? order.placedAt);
  const late = minutes(order.eta?.firstPromise);
  return (
    <section class={styles.eta}>
      <p class={styles.time}>{said ?? words.arrived}</p>
      <p class={styles.promise}>
        {took !== null && words.took(took)}
        {late !== null && <> · {kept(late)}</>}
      </p>
    </section>
  );
}
