// All orders of this customer, newest first.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, inWords } from "../api";
import type { Order } from "../contract";
import { timeOfDay, won } from "../core/formats";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import { common } from "../words/common";
import { orderOf, take } from "./orders";
import { go, to } from "./route";
import styles from "./StoreList.module.css";
import { customerWords } from "./words";

type Page = { orders: Order[]; next?: string | null };

export function History() {
  const words = say(customerWords).history;
  const ids = useSignal<string[] | null>(null);
  const failed = useSignal<string | null>(null);
  useEffect(() => {
    get<Page>("/orders?limit=50").then(
      ({ orders }) => {
        for (const order of orders) take(order);
        ids.value = orders.map((order) => order.id);
      },
      (failure) => {
        failed.value = inWords(failure);
      },
    );
  }, []);

  if (failed.value) return <Refusal text={failed.value} />;
  if (ids.value === null) return <Skeleton heights={[76, 76, 76]} />;
  if (ids.value.length === 0) {
    return (
      <Empty>
        <p>{words.none}</p>
        <Button local look="quiet" onPress={() => go("stores")}>
          {words.browse}
        </Button>
      </Empty>
    );
  }
  return (
    <ul class={styles.list}>
      {ids.value.map((id) => (
        <li key={id}>
          <PastOrder id={id} />
        </li>
      ))}
    </ul>
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
          timeOfDay(order.placedAt, language.value),
          won(order.totalWon),
          refund,
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </a>
  );
}
