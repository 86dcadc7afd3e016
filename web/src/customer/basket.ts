// The one cart of this browser, kept through reloads together with the key of its order.

import { effect, signal } from "@preact/signals";
import type { Address } from "../contract";
import type { Cart } from "../core/cart";
import { NEIGHBOURHOOD } from "../core/geometry";
import { me } from "../identity";

const cartKey = () => `cart:${me().id}`;
const addressKey = () => `address:${me().id}`;
const noteKey = () => `note:${me().id}`;

export const cart = signal<Cart | null>(null);
export const address = signal<Address>({ text: "", ...NEIGHBOURHOOD });
export const note = signal("");

/** Puts a cart into its place and onto the disk before anything is sent with its key. */
export function keep(changed: Cart | null): void {
  const kept = changed === null || changed.lines.length === 0 ? null : changed;
  if (kept === null) localStorage.removeItem(cartKey());
  else localStorage.setItem(cartKey(), JSON.stringify(kept));
  cart.value = kept;
}

/** Takes up what an earlier visit left, and what other tabs do with it. */
export function openBasket(): void {
  cart.value = read<Cart>(cartKey());
  addEventListener("storage", ({ key }) => {
    if (key === cartKey()) cart.value = read<Cart>(cartKey());
  });
  address.value = read<Address>(addressKey()) ?? address.value;
  note.value = read<string>(noteKey()) ?? "";
  effect(() => localStorage.setItem(addressKey(), JSON.stringify(address.value)));
  effect(() => localStorage.setItem(noteKey(), JSON.stringify(note.value)));
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}
