// The newest orders of the town; choosing one opens its log.

import type { Order, StateName } from "../contract";
import { timeOfDay, won } from "../core/formats";
import { language, say } from "../preferences";
import { Empty, Skeleton } from "../shell/Notice";
import { common } from "../words/common";
import styles from "./OperatorScreen.module.css";
import { OrderButton } from "./OrderButton";
import { failure, orders } from "./orders";
import { operatorWords } from "./words";

export function OrderTable() {
  const words = say(operatorWords);
  const shown = orders.value;
  return (
    <section aria-labelledby="orders">
      <h2 id="orders" class={styles.heading}>
        {words.orders}
      </h2>
      {shown === null && failure.value === null && <Skeleton heights={[56, 56, 56, 56]} />}
      {shown?.length === 0 && <Empty>{words.none}</Empty>}
      {shown !== null && shown.length > 0 && (
        <ul class={styles.orders}>
          {shown.map((order) => (
            <li key={order.id}>
              <OrderRow order={order} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function OrderRow({ order }: { order: Order }) {
  const words = say(common);
  return (
    <OrderButton order={order} state={words.state[order.state]} tone={toneOf(order.state)}>
      {timeOfDay(order.placedAt, language.value)} · {won(order.totalWon)} ·{" "}
      {words.payment[order.payment.state]}
      {order.attention && <> · {say(operatorWords).attention}</>}
    </OrderButton>
  );
}

/** Whose turn it is, as a colour; the word beside it says the same. */
function toneOf(state: StateName): string {
  switch (state) {
    case "ACCEPTED":
    case "COOKING":
    case "PLACED":
      return "store";
    case "COOKED":
    case "DELIVERING":
      return "rider";
    case "DELIVERED":
      return "good";
    case "PAYMENT_FAILED":
    case "REJECTED":
    case "CANCELED":
      return "bad";
    case "PAYMENT_PENDING":
      return "none";
  }
}
