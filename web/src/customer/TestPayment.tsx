// In development: which answer the simulated payment provider gives.

import type { Signal } from "@preact/signals";
import { say } from "../preferences";
import styles from "./Checkout.module.css";
import { shopWords } from "./shopWords";

export function TestPayment({ token }: { token: Signal<string> }) {
  const words = say(shopWords).pay;
  return (
    <label class={styles.field}>
      {words.test}
      <select
        value={token.value}
        onChange={(event) => {
          token.value = event.currentTarget.value;
        }}
      >
        {Object.entries(words.tokens).map(([name, meaning]) => (
          <option key={name} value={name}>
            {meaning} · {name}
          </option>
        ))}
      </select>
      <small>{words.testHint}</small>
    </label>
  );
}
