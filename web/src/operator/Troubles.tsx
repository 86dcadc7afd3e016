// Orders that need a look: what is stuck and what is late, with the step that holds them up.

import { secondsSince, stopwatch } from "../core/clock";
import { serverNow } from "../live";
import { say } from "../preferences";
import { Empty, Skeleton } from "../shell/Notice";
import styles from "./OperatorScreen.module.css";
import { OrderButton } from "./OrderButton";
import { orders, stuck, type Trouble, troubles } from "./orders";
import { operatorWords } from "./words";

/** Beyond these nobody reads on; the heading says how many there are. */
const SHOWN_MAX = 20;

export function Troubles() {
  const words = say(operatorWords);
  const all = troubles.value;
  // That nothing is wrong is said once both have been read; what is late stays below what is stuck.
  const isKnown = orders.value !== null && stuck.value !== null;
  return (
    <section aria-labelledby="troubles">
      <h2 id="troubles" class={styles.heading}>
        {words.troubles(isKnown ? all.length : null)}
      </h2>
      {!isKnown && <Skeleton heights={[74, 74]} />}
      {isKnown && all.length === 0 && (
        <div class={styles.nothing}>
          <Empty>{words.noTroubles}</Empty>
        </div>
      )}
      {isKnown && all.length > 0 && (
        <ul class={styles.orders}>
          {all.slice(0, SHOWN_MAX).map((trouble) => (
            <li key={trouble.order.id}>
              <TroubleRow trouble={trouble} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function TroubleRow({ trouble: { order, late, stuck } }: { trouble: Trouble }) {
  const words = say(operatorWords);
  const since = stuck?.since ?? (late && new Date(late.sinceMs).toISOString());
  const age = secondsSince(since, serverNow.value);
  const why = [
    order.attention && words.attentions[order.attention],
    stuck?.owed && words.owed[stuck.owed],
    late && words.lateSteps[late.step],
  ].filter(Boolean);
  return (
    <OrderButton
      order={order}
      state={age === null ? "" : stopwatch(age)}
      tone={stuck ? "bad" : "due"}
    >
      {why.join(" · ")}
    </OrderButton>
  );
}
