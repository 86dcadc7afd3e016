// The operator: the pulse of the town, its map, what needs a look, and the story of each order.

import { useEffect } from "preact/hooks";
import { say } from "../preferences";
import { later } from "../shell/later";
import { Refusal } from "../shell/Notice";
import { Screen } from "../shell/Screen";
import { DeadLetters } from "./DeadLetters";
import styles from "./OperatorScreen.module.css";
import { OrderTable } from "./OrderTable";
import { failure, readAgain, troubles } from "./orders";
import { PulseStrip } from "./PulseStrip";
import { TownMap } from "./TownMap";
import { Troubles } from "./Troubles";
import { followTown } from "./town";
import { operatorWords } from "./words";

const OrderDetail = later(() => import("./OrderDetail").then((part) => part.OrderDetail), [74]);

export function OperatorScreen() {
  const words = say(operatorWords);
  useEffect(followTown, []);
  useEffect(readAgain, []);
  const waiting = troubles.value.length;
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${words.title}` : words.title;
  }, [words, waiting]);
  return (
    <Screen title={words.title} wide>
      <PulseStrip />
      <div class={styles.halves}>
        <div class={styles.half}>
          <TownMap />
          <OrderTable />
        </div>
        <div class={styles.half}>
          <div class={styles.look}>
            <Refusal text={failure.value} />
            <DeadLetters />
            <Troubles />
          </div>
          <OrderDetail />
        </div>
      </div>
    </Screen>
  );
}
