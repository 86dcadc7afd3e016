// The operator: the town in numbers, its newest orders, and the story of each.

import { useEffect } from "preact/hooks";
import { count } from "../core/formats";
import { say } from "../preferences";
import { Refusal, Skeleton } from "../shell/Notice";
import { Screen } from "../shell/Screen";
import styles from "./OperatorScreen.module.css";
import { OrderTable } from "./OrderTable";
import { Timeline } from "./Timeline";
import { counters, failure, followTown } from "./town";
import { operatorWords } from "./words";

export function OperatorScreen() {
  const words = say(operatorWords);
  useEffect(followTown, []);
  useEffect(() => {
    document.title = words.title;
  }, [words]);
  return (
    <Screen title={words.title} wide>
      <CounterStrip />
      <Refusal text={failure.value} />
      <div class={styles.halves}>
        <OrderTable />
        <Timeline />
      </div>
    </Screen>
  );
}

function CounterStrip() {
  const words = say(operatorWords);
  if (counters.value === null) return <Skeleton heights={[72]} />;
  const known = Object.keys(words.counters);
  const place = (name: string) => (known.includes(name) ? known.indexOf(name) : known.length);
  const shown = Object.entries(counters.value)
    .filter(([, value]) => typeof value === "number")
    .sort(([a], [b]) => place(a) - place(b));
  return (
    <dl class={styles.counters} aria-label={words.countersLabel}>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{words.counters[name] ?? spaced(name)}</dt>
          <dd>{count(Number(value))}</dd>
        </div>
      ))}
    </dl>
  );
}

/** `eventAgeMs` as `event age ms`, for a counter nobody has named yet. */
function spaced(name: string): string {
  return name.replace(/([A-Z])/g, " $1").toLowerCase();
}
