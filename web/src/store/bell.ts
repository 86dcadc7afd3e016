// Of all tabs that show one store on this device, one rings.

import { signal } from "@preact/signals";

/** Whether this tab is the one. */
export const isBell = signal(false);

/** Waits for its turn to be the bell of a store, until the returned function is called. */
export function standForBell(storeId: string): () => void {
  // Without a secure address there are no locks; then better two rings than none.
  if (!("locks" in navigator)) {
    isBell.value = true;
    return () => {
      isBell.value = false;
    };
  }
  const waiting = new AbortController();
  let leave = () => {};
  const held = new Promise<void>((done) => {
    leave = done;
  });
  navigator.locks
    .request(`bell:${storeId}`, { signal: waiting.signal }, () => {
      isBell.value = true;
      return held;
    })
    .catch(() => {
      // Left before its turn came.
    });
  return () => {
    waiting.abort();
    leave();
    isBell.value = false;
  };
}
