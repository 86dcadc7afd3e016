// One dish: what it costs, how one likes it, and how many are in the cart.

import { useSignal } from "@preact/signals";
import type { MenuItem } from "../contract";
import type { CartLine } from "../core/cart";
import { won } from "../core/formats";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import styles from "./Menu.module.css";
import { shopWords } from "./shopWords";

type Props = {
  item: MenuItem;
  canOrder: boolean;
  inCart: CartLine[];
  onChange: (options: string[], by: number) => void;
};

export function MenuRow({ item, canOrder, inCart, onChange }: Props) {
  const words = say(shopWords).store;
  const choice = useSignal(item.options[0] ?? null);
  const options = choice.value === null ? [] : [choice.value];
  const held = inCart.find(
    (line) => line.menuId === item.id && line.options.join() === options.join(),
  );

  return (
    <li class={`${styles.item} ${item.soldOut ? styles.gone : ""}`}>
      <div class={styles.name}>
        <b>{item.name}</b>
        <span>{won(item.priceWon)}</span>
      </div>
      {item.options.length > 1 && !item.soldOut && (
        <fieldset class={styles.options} aria-label={`${item.name} ${words.options}`}>
          {item.options.map((option) => (
            <label key={option}>
              <input
                type="radio"
                name={`options-${item.id}`}
                checked={choice.value === option}
                onChange={() => {
                  choice.value = option;
                }}
              />
              <span>{option}</span>
            </label>
          ))}
        </fieldset>
      )}
      <div class={styles.act}>
        {item.soldOut ? (
          <span class={styles.soldOut}>{words.soldOut}</span>
        ) : held ? (
          <Quantity
            name={item.name}
            quantity={held.quantity}
            onChange={(by) => onChange(options, by)}
          />
        ) : (
          <Button
            local
            disabled={!canOrder}
            label={`${item.name} ${words.add}`}
            onPress={() => onChange(options, 1)}
          >
            {words.add}
          </Button>
        )}
      </div>
    </li>
  );
}

type QuantityProps = { name: string; quantity: number; onChange: (by: number) => void };

/** How many of one thing, with buttons large enough for a thumb. */
export function Quantity({ name, quantity, onChange }: QuantityProps) {
  const words = say(shopWords).store;
  return (
    <fieldset class={styles.quantity} aria-label={`${name} ${words.quantity}`}>
      <Button local look="quiet" label={`${name} ${words.less}`} onPress={() => onChange(-1)}>
        −
      </Button>
      <output>{quantity}</output>
      <Button local look="quiet" label={`${name} ${words.more}`} onPress={() => onChange(1)}>
        +
      </Button>
    </fieldset>
  );
}
