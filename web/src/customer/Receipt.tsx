// What was ordered, to where, and how the money stands.

import type { Order } from "../contract";
import { won } from "../core/formats";
import { say } from "../preferences";
import { common } from "../words/common";
import styles from "./Receipt.module.css";
import { customerWords } from "./words";

export function Receipt({ order }: { order: Order }) {
  const words = say(customerWords).track;
  const payment = say(common).payment[order.payment.state];
  return (
    <section class={styles.receipt}>
      <h2>{words.receipt}</h2>
      <ul class={styles.lines}>
        {order.items.map((line) => (
          <li key={`${line.menuId} ${line.options.join()}`}>
            <span>
              {line.name} × {line.quantity}
              {line.options.length > 0 && <small>{line.options.join(" · ")}</small>}
            </span>
            <span>{won(line.priceWon * line.quantity)}</span>
          </li>
        ))}
        <li class={styles.total}>
          <span>{payment}</span>
          <span>{won(order.totalWon)}</span>
        </li>
      </ul>
      <dl class={styles.facts}>
        {order.address && (
          <>
            <dt>{words.to}</dt>
            <dd>{order.address.text}</dd>
          </>
        )}
        {order.note && (
          <>
            <dt>{words.note}</dt>
            <dd>{order.note}</dd>
          </>
        )}
      </dl>
    </section>
  );
}
