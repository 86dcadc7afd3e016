// One order's log, event by event: the saga and what made up for it, as they were recorded.

import { timeToTheSecond } from "../core/formats";
import { language, say } from "../preferences";
import { Empty, Skeleton } from "../shell/Notice";
import styles from "./OperatorScreen.module.css";
import { chosenId, orders, timeline } from "./town";
import { operatorWords } from "./words";

export function Timeline() {
  const words = say(operatorWords);
  const chosen = orders.value?.find((order) => order.id === chosenId.value);
  if (chosenId.value === null) return <Empty>{words.choose}</Empty>;
  return (
    <section aria-labelledby="log">
      <h2 id="log" class={styles.heading}>
        {words.timeline(chosen?.number ?? 0)}
      </h2>
      {timeline.value === null ? (
        <Skeleton heights={[40, 40, 40]} />
      ) : (
        <ol class={styles.log}>
          {timeline.value.map(({ event, at, by, reason }, place) => (
            <li key={`${place} ${event}`} data-by={by.split(":")[0]}>
              <b>{words.events[event] ?? event}</b>
              <time dateTime={at}>{timeToTheSecond(at, language.value)}</time>
              <small>{[actor(by), reason].filter(Boolean).join(" · ")}</small>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function actor(by: string): string {
  const [role = by, id] = by.split(":");
  const word = say(operatorWords).actors[role] ?? role;
  return id ? `${word} ${id}` : word;
}
