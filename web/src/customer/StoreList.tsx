// Stores near the address, and above them whatever is already under way.

import { useEffect, useRef } from "preact/hooks";
import type { Store } from "../contract";
import { meters, won } from "../core/formats";
import { metersBetween } from "../core/geometry";
import { connection, isUpToDate } from "../live";
import { say } from "../preferences";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import { common } from "../words/common";
import { address } from "./basket";
import { failure, keepReading, readStores, stores, takesOrders } from "./nearbyStores";
import { isKnown, orderOf, underWay } from "./orders";
import { to } from "./route";
import styles from "./StoreList.module.css";
import { shopWords } from "./shopWords";
import { customerWords } from "./words";

export function StoreList() {
  const words = say(shopWords).store;
  useEffect(() => keepReading(() => readStores(address.value)), []);

  // What is under way stands above; coming later it would push down what a finger is about to touch.
  const isAwaited = connection.value === "loading" || isUpToDate.value;
  if (!isKnown.value && isAwaited) return <Skeleton heights={[28, 76, 76, 76, 76]} />;
  return (
    <>
      <UnderWay />
      <section aria-labelledby="near">
        <h2 id="near" class={styles.heading}>
          {words.near}
        </h2>
        <Refusal text={failure.value} />
        {stores.value === null && failure.value === null && <Skeleton heights={[84, 84, 84, 84]} />}
        {stores.value?.length === 0 && <Empty>{words.none}</Empty>}
        <ul class={`${styles.list} ${styles.near}`}>
          {stores.value?.map((store) => (
            <li key={store.id}>
              <StoreCard store={store} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function UnderWay() {
  const words = say(customerWords).track;
  const states = say(common).state;
  // What ends while it is looked at says so in its place, or all below would move up.
  const shown = useRef<string[]>([]);
  const fresh = underWay.value.map(({ id }) => id).filter((id) => !shown.current.includes(id));
  shown.current = [...fresh, ...shown.current];
  const orders = shown.current.map(orderOf).filter((order) => order !== null);
  if (orders.length === 0) return null;
  return (
    <section aria-labelledby="active">
      <h2 id="active" class={styles.heading}>
        {words.active}
      </h2>
      <ul class={styles.list}>
        {orders.map((order) => (
          <li key={order.id}>
            <a class={`${styles.card} ${styles.active}`} href={to("order", order.id)}>
              <b>{order.store.name}</b>
              <span class={styles.state}>{states[order.state]}</span>
              <span class={styles.facts}>
                #{order.number} · {won(order.totalWon)}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function StoreCard({ store }: { store: Store }) {
  const words = say(shopWords).store;
  const isOpen = takesOrders(store);
  const state = isOpen ? words.open : store.paused ? words.paused : words.closed;
  return (
    <a class={`${styles.card} ${isOpen ? "" : styles.shut}`} href={to("store", store.id)}>
      <b>{store.name}</b>
      <span class={isOpen ? styles.open : styles.closed}>{state}</span>
      <span class={styles.facts}>
        {meters(metersBetween(address.value, store))} · {words.cookTime(store.defaultCookMinutes)}
        {store.minTotalWon > 0 && <> · {words.minimum(won(store.minTotalWon))}</>}
      </span>
    </a>
  );
}
