// The first promise, which stays, how far it has moved, and everything that moved it.

import { timeOfDay } from "../core/formats";
import { changesOf, isWorthSaying, minutesLate } from "../core/ledger";
import { language, say } from "../preferences";
import styles from "./EtaHeader.module.css";
import type { Tracked } from "./tracked";
import { customerWords } from "./words";

export function PromiseLedger({ order }: { order: Tracked }) {
  if (order.eta === null) return null;
  const words = say(customerWords);
  const late = minutesLate(order);
  const changes = changesOf(order);
  const { cause } = order.eta;
  const reason = cause === null || changes.length > 0 ? null : (words.causes[cause] ?? null);
  return (
    <div class={styles.promise}>
      <p>
        {words.track.firstPromise(timeOfDay(order.eta.firstPromise, language.value))}
        {isWorthSaying(late) && (
          <>
            {" · "}
            <b class={late > 0 ? styles.late : styles.sooner}>
              {late > 0 ? words.track.later(late) : words.track.sooner(-late)}
            </b>
          </>
        )}
        {reason && <> · {reason}</>}
      </p>
      {changes.length > 0 && (
        <ul class={styles.changes} aria-label={words.track.changes}>
          {changes.map(({ event, at }) => (
            <li key={`${event} ${at}`}>
              <time dateTime={at}>{timeOfDay(at, language.value)}</time>{" "}
              {words.causes[event] ?? event}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
