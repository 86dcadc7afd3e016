// Where to, how to pay, and the one button that does it.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inWords, Unreachable } from "../api";
import type { Store } from "../contract";
import { change, orderOf, totalWon } from "../core/cart";
import { won } from "../core/formats";
import { settings } from "../identity";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import { AddressField } from "./AddressField";
import { address, cart, keep, note } from "./basket";
import styles from "./Checkout.module.css";
import { place } from "./checkout";
import { Quantity } from "./MenuRow";
import { keepReading, readStore, store, takesOrders } from "./nearbyStores";
import { go, to } from "./route";
import { shopWords } from "./shopWords";
import { TestPayment } from "./TestPayment";

export function Checkout() {
  const words = say(shopWords).pay;
  const failed = useSignal<string | null>(null);
  const token = useSignal("tok_ok");
  const held = cart.value;
  const storeId = held?.storeId ?? null;

  useEffect(() => {
    if (storeId !== null) return keepReading(() => readStore(storeId));
    // Whoever takes the last thing out of the cart looks for another one in the same place.
    const last = store.peek();
    return last ? go("store", last.id, true) : go("stores", "", true);
  }, [storeId]);
  if (held === null) return null;

  const obstacle = obstacleOf(store.value, totalWon(held));
  const pay = async () => {
    failed.value = null;
    if (address.value.text.trim() === "") {
      failed.value = words.addressMissing;
      document.getElementById("address")?.focus();
      return;
    }
    try {
      const order = await place(held, orderOf(held, address.value, note.value, token.value));
      go("order", order.id, true);
    } catch (failure) {
      failed.value = failure instanceof Unreachable ? words.uncertain : inWords(failure);
    }
  };

  return (
    <form class={styles.form} onSubmit={(event) => event.preventDefault()}>
      <header>
        <a class={styles.back} href={to("store", held.storeId)}>
          ‹ {held.storeName}
        </a>
        <h2 class={styles.title}>{words.title}</h2>
      </header>
      <Lines />
      <AddressField />
      <label class={styles.field}>
        {words.note}
        <input
          value={note.value}
          maxLength={200}
          placeholder={words.notePlaceholder}
          onInput={(event) => {
            note.value = event.currentTarget.value;
          }}
        />
      </label>
      {settings().devTokens && <TestPayment token={token} />}
      <div class={styles.bar}>
        <Refusal text={failed.value ?? obstacle} />
        <Button look="primary" disabled={obstacle !== null} onPress={pay}>
          {words.submit(won(totalWon(held)))}
        </Button>
      </div>
    </form>
  );
}

/** Why this store would not take this order, as far as we know. */
function obstacleOf(store: Store | null, total: number): string | null {
  if (store === null) return null;
  if (!takesOrders(store)) return say(common).problem.store_closed;
  return total < store.minTotalWon ? say(shopWords).pay.minimum(won(store.minTotalWon)) : null;
}

function Lines() {
  const held = cart.value;
  if (held === null) return null;
  return (
    <ul class={styles.lines}>
      {held.lines.map((line) => (
        <li key={`${line.menuId} ${line.options.join()}`}>
          <span class={styles.what}>
            <b>{line.name}</b>
            <small>{[...line.options, won(line.priceWon * line.quantity)].join(" · ")}</small>
          </span>
          <Quantity
            name={line.name}
            quantity={line.quantity}
            onChange={(by) => keep(change(held, { ...line, id: line.menuId }, line.options, by))}
          />
        </li>
      ))}
      <li class={styles.total}>
        <span>{say(common).total}</span>
        <b>{won(totalWon(held))}</b>
      </li>
    </ul>
  );
}
