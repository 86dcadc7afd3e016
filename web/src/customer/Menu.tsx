// One store's menu. What is put in the cart shows below, ready to be paid.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { MenuItem, Store } from "../contract";
import { change, emptyCart, pieces, totalWon } from "../core/cart";
import { won } from "../core/formats";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Refusal, Skeleton } from "../shell/Notice";
import { cart, keep } from "./basket";
import styles from "./Menu.module.css";
import { MenuRow } from "./MenuRow";
import { failure, keepReading, readStore, store, takesOrders } from "./nearbyStores";
import { go, to } from "./route";
import { shopWords } from "./shopWords";
import { customerWords } from "./words";

type Choice = { item: MenuItem; options: string[] };

export function Menu({ storeId }: { storeId: string }) {
  const words = say(shopWords).store;
  const refused = useSignal<Choice | null>(null);
  useEffect(() => keepReading(() => readStore(storeId)), [storeId]);

  const shown = store.value?.id === storeId ? store.value : null;
  if (shown === null) {
    return failure.value ? <Refusal text={failure.value} /> : <Skeleton heights={[64, 96, 96]} />;
  }

  const add = (choice: Choice, by: number) => {
    const held = cart.value;
    if (held !== null && held.storeId !== shown.id) {
      refused.value = choice;
      return;
    }
    keep(change(held ?? emptyCart(shown.id, shown.name), choice.item, choice.options, by));
  };
  const replace = () => {
    const choice = refused.value;
    refused.value = null;
    if (choice) keep(change(emptyCart(shown.id, shown.name), choice.item, choice.options, 1));
  };

  return (
    <>
      <Head store={shown} />
      <Refusal text={failure.value} />
      <ul class={styles.items} aria-label={words.menuOf(shown.name)}>
        {shown.menu.map((item) => (
          <MenuRow
            key={item.id}
            item={item}
            canOrder={takesOrders(shown)}
            inCart={cart.value?.storeId === shown.id ? cart.value.lines : []}
            onChange={(options, by) => add({ item, options }, by)}
          />
        ))}
      </ul>
      <CartBar storeId={shown.id} />
      {refused.value && (
        <Dialog title={words.otherCart} onClose={() => (refused.value = null)}>
          <Button local look="primary" onPress={replace}>
            {words.replace}
          </Button>
          <Button local onPress={() => (refused.value = null)}>
            {words.keep}
          </Button>
        </Dialog>
      )}
    </>
  );
}

function Head({ store }: { store: Store }) {
  const words = say(shopWords).store;
  const state = takesOrders(store) ? words.open : store.paused ? words.paused : words.closed;
  return (
    <header class={styles.head}>
      <a class={styles.back} href={to("stores")}>
        ‹ {say(customerWords).tabs.stores}
      </a>
      <h2>{store.name}</h2>
      <p>
        {state} · {words.cookTime(store.defaultCookMinutes)}
        {store.minTotalWon > 0 && <> · {words.minimum(won(store.minTotalWon))}</>}
      </p>
    </header>
  );
}

function CartBar({ storeId }: { storeId: string }) {
  const words = say(shopWords).store;
  if (cart.value === null) return null;
  return (
    <div class={styles.bar}>
      {/* What was chosen elsewhere says where, or it would seem to be of this store. */}
      {cart.value.storeId !== storeId && <b>{cart.value.storeName}</b>}
      <Button local look="primary" onPress={() => go("pay")}>
        {words.cart(pieces(cart.value), won(totalWon(cart.value)))}
      </Button>
    </div>
  );
}
