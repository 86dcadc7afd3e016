// An order as a row that opens its log.

import type { ComponentChildren } from "preact";
import type { Order } from "../contract";
import styles from "./OperatorScreen.module.css";
import { choose, chosenId } from "./orders";

type Row = {
  order: Order;
  /** What matters most, and its colour; the word says the same. */
  state: string;
  tone: string;
  /** What is said below. */
  children: ComponentChildren;
};

export function OrderButton({ order, state, tone, children }: Row) {
  return (
    <button
      type="button"
      class={styles.order}
      aria-pressed={chosenId.value === order.id}
      onClick={() => choose(order.id)}
    >
      <span class={styles.number}>#{order.number}</span>
      <span class={styles.what}>{order.store.name}</span>
      <span class={styles.state} data-tone={tone}>
        {state}
      </span>
      <span class={styles.sub}>{children}</span>
    </button>
  );
}
