// The stores that deliver to the address, nearest first, and one store's menu.

import { signal } from "@preact/signals";
import { get, inWords } from "../api";
import type { Store } from "../contract";
import { priced } from "../core/cart";
import type { Point } from "../core/geometry";
import { STORE_READ_SECONDS } from "../core/thresholds";
import { cart, keep } from "./basket";

export const stores = signal<Store[] | null>(null);
export const store = signal<Store | null>(null);
export const failure = signal<string | null>(null);

export async function readStores({ lat, lng }: Point): Promise<void> {
  try {
    const answer = await get<{ stores: Store[] }>(`/stores?lat=${lat}&lng=${lng}`);
    stores.value = answer.stores;
    failure.value = null;
  } catch (cause) {
    failure.value = inWords(cause);
  }
}

export async function readStore(id: string): Promise<void> {
  // What the list already told is shown at once; the menu follows.
  if (store.value?.id !== id) store.value = stores.value?.find((near) => near.id === id) ?? null;
  try {
    const read = await get<Store>(`/stores/${id}`);
    store.value = read;
    // Nobody is to press a button that names another sum than they will pay.
    if (cart.value?.storeId === id) keep(priced(cart.value, read.menu));
    failure.value = null;
  } catch (cause) {
    failure.value = inWords(cause);
  }
}

/** Reads now and for as long as it is looked at: no channel tells customers what a store changes. */
export function keepReading(read: () => Promise<void>): () => void {
  const look = () => {
    if (!document.hidden) void read();
  };
  void read();
  const again = setInterval(look, STORE_READ_SECONDS * 1000);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(again);
    document.removeEventListener("visibilitychange", look);
  };
}

/** Whether a store takes orders now. */
export function takesOrders({ open, paused }: Store): boolean {
  return open && !paused;
}
