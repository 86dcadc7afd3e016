// The cart and the key that makes sending it twice harmless. No storage, no network.

import type { Address, MenuItem, PlaceOrder } from "../contract";

export type CartLine = {
  menuId: string;
  name: string;
  priceWon: number;
  quantity: number;
  options: string[];
};

export type Cart = {
  storeId: string;
  storeName: string;
  lines: CartLine[];
  /** The key of the order as it was last sent, and of which order it is the key. */
  sent: { key: string; fingerprint: string } | null;
};

export const QUANTITY_MAX = 20;

/** An empty cart of one store; a cart never mixes stores. */
export function emptyCart(storeId: string, storeName: string): Cart {
  return { storeId, storeName, lines: [], sent: null };
}

function isSame(line: CartLine, menuId: string, options: string[]): boolean {
  return line.menuId === menuId && line.options.join("\n") === options.join("\n");
}

/** Adds (or with a negative number takes away) so many of one choice; none left drops the line. */
export function change(
  cart: Cart,
  item: Pick<MenuItem, "id" | "name" | "priceWon">,
  options: string[],
  by: number,
): Cart {
  const at = cart.lines.findIndex((line) => isSame(line, item.id, options));
  const quantity = Math.min(QUANTITY_MAX, (cart.lines[at]?.quantity ?? 0) + by);
  const line = { menuId: item.id, name: item.name, priceWon: item.priceWon, quantity, options };
  const lines = at < 0 ? [...cart.lines, line] : cart.lines.with(at, line);
  return { ...cart, lines: lines.filter((kept) => kept.quantity > 0) };
}

/** The cart at the prices of this menu, which may have changed since it was filled. */
export function priced(cart: Cart, menu: readonly MenuItem[]): Cart {
  const lines = cart.lines.map((line) => {
    const item = menu.find(({ id }) => id === line.menuId);
    return { ...line, priceWon: item?.priceWon ?? line.priceWon };
  });
  return { ...cart, lines };
}

/** What the cart comes to by the prices we know; the hub counts for itself. */
export function totalWon(cart: Cart): number {
  return cart.lines.reduce((sum, line) => sum + line.priceWon * line.quantity, 0);
}

/** How many things are in it. */
export function pieces(cart: Cart): number {
  return cart.lines.reduce((sum, line) => sum + line.quantity, 0);
}

/** The order as it goes to the hub. */
export function orderOf(cart: Cart, address: Address, note: string, token: string): PlaceOrder {
  const items = cart.lines.map(({ menuId, quantity, options }) => ({ menuId, quantity, options }));
  return { storeId: cart.storeId, items, address, note, payment: { method: "card", token } };
}

/**
 * The cart with a key for this order. The same order keeps its key, through reloads and lost
 * answers; any change makes another, because the hub refuses a key that comes with a new body.
 */
export function withKey(
  cart: Cart,
  order: PlaceOrder,
  newKey: () => string,
): Cart & { sent: NonNullable<Cart["sent"]> } {
  const fingerprint = JSON.stringify(order);
  const sent = cart.sent?.fingerprint === fingerprint ? cart.sent : { key: newKey(), fingerprint };
  return { ...cart, sent };
}

/** The hub answered for good: the next attempt is another order. */
export function answered(cart: Cart): Cart {
  return { ...cart, sent: null };
}

/** Whether an HTTP status settles the matter, or the same order may be sent again as it is. */
export function isDefinitive(status: number): boolean {
  return status >= 200 && status < 500 && ![401, 408, 425, 429].includes(status);
}
