// All orders of this customer, newest first.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, inWords } from "../api";
import type { Order } from "../contract";
import { dayAndTime, won } from "../core/formats";
import { serverNow } from "../live";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import { common } from "../words/common";
import { orderOf, take } from "./orders";
import { go, to } from "./route";
import styles from "./StoreList.module.css";
import { customerWords } from "./words";

/** What fits on two or three screens of a phone. */
const PAGE_ORDERS = 20;

type Page = { orders: Order[]; next?: string | null };

export function History() {
  const words = say(customerWords).history;
  const ids = useSignal<string[] | null>(null);
  const next = useSignal<string | null>(null);
  const failed = useSignal<string | null>(null);

  const read = async () => {
    failed.value = null;
    const from = next.value === null ? "" : `&after=${encodeURIComponent(next.value)}`;
    try {
      const page = await get<Page>(`/orders?limit=${PAGE_ORDERS}${from}`);
      for (const order of page.orders) take(order);
      ids.value = [...(ids.value ?? []), ...page.orders.map((order) => order.id)];
      next.value = page.next ?? null;
    } catch (failure) {
      failed.value = inWords(failure);
    }
  };
  useEffect(() => void read(), []);

  if (ids.value === null && failed.value) return <Refusal text={failed.value} />;
  if (ids.value === null) return <Skeleton heights={[76, 76, 76]} />;
  if (ids.value.length === 0) {
    return (
      <Empty>
        <p>{words.none}</p>
        <Button local onPress={() => go("stores")}>
          {words.browse}
        </Button>
      </Empty>
    );
  }
  return (
    <>
      <ul class={styles.list}>
        {ids.value.map((id) => (
          <li key={id}>
            <PastOrder id={id} />
          </li>
        ))}
      </ul>
      <Refusal text={failed.value} />
      {next.value !== null && <Button onPress={read}>{words.more}</Button>}
    </>
  );
}

function PastOrder({ id }: { id: string }) {
  const order = orderOf(id);
  if (order === null) return null;
  const words = say(common);
  const refund = order.payment.state.startsWith("REFUND") ? words.payment[order.payment.state] : "";
  return (
    <a class={styles.card} href={to("order", id)}>
      <b>{order.store.name}</b>
      <span class={styles.closed}>{words.state[order.state]}</span>
      <span class={styles.facts}>
        {[
          `#${order.number}`,
          dayAndTime(order.placedAt, serverNow.value, language.value),
          won(order.totalWon),
          refund,
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </a>
  );
}
