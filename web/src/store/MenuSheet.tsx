// What can be ordered now: a switch for each thing on the menu.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { MenuItem } from "../contract";
import { won } from "../core/formats";
import { canAct } from "../live";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Empty, Refusal } from "../shell/Notice";
import { common } from "../words/common";
import styles from "./Sheet.module.css";
import { sheetWords } from "./sheetWords";
import { putSoldOut, store } from "./tickets";

export function MenuSheet({ onClose }: { onClose: () => void }) {
  const words = say(sheetWords);
  const failed = useSignal<string | null>(null);
  // One at a time: each of them sends the whole menu.
  const busy = useSignal<string | null>(null);
  const menu = store.value?.menu ?? [];

  const turn = async (item: MenuItem) => {
    if (busy.value !== null) return;
    busy.value = item.id;
    failed.value = null;
    try {
      await putSoldOut(item.id, !item.soldOut);
    } catch (failure) {
      failed.value = inWords(failure);
    } finally {
      busy.value = null;
    }
  };

  return (
    <>
      <p class={styles.hint}>{words.menuHint}</p>
      <Refusal text={failed.value} />
      {menu.length === 0 && <Empty>{words.menuEmpty}</Empty>}
      <ul class={styles.list}>
        {menu.map((item) => (
          <li key={item.id}>
            <button
              type="button"
              role="switch"
              class={styles.switch}
              aria-checked={!item.soldOut}
              aria-busy={busy.value === item.id}
              disabled={!canAct.value}
              onClick={() => turn(item)}
            >
              <span>
                {item.name} <small>{won(item.priceWon)}</small>
              </span>
              <b>{item.soldOut ? words.soldOut : words.onSale}</b>
            </button>
          </li>
        ))}
      </ul>
      <Button local onPress={onClose}>
        {say(common).close}
      </Button>
    </>
  );
}
