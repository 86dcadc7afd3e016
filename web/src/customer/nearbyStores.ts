// The stores that deliver to the address, nearest first, and one store's menu.

import { signal } from "@preact/signals";
import { get, inWords } from "../api";
import type { Store } from "../contract";
import type { Point } from "../core/geometry";
import { STORE_READ_SECONDS } from "../core/thresholds";

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
    store.value = await get<Store>(`/stores/${id}`);
    failure.value = null;
  } catch (cause) {
    failure.value = inWords(cause);
  }
}

/** Reads now and for as long as it is looked at: no channel tells customers what a store changes. */
export function keepReading(read: () => Promise<void>): () => void {
  void read();
  const again = setInterval(() => {
    if (!document.hidden) void read();
  }, STORE_READ_SECONDS * 1000);
  return () => clearInterval(again);
}

/** Whether a store takes orders now. */
export function takesOrders({ open, paused }: Store): boolean {
  return open && !paused;
}
