// Sends the order. The key goes to the disk first, so that no crash or reload can order twice.

import { ask, Refused } from "../api";
import type { Order, PlaceOrder } from "../contract";
import { answered, type Cart, isDefinitive, withKey } from "../core/cart";
import { keep } from "./basket";
import { take } from "./orders";

/** Places the order of a cart; the answer is the order, placed or with its payment pending. */
export async function place(cart: Cart, order: PlaceOrder): Promise<Order> {
  const keyed = withKey(cart, order, () => crypto.randomUUID());
  keep(keyed);
  try {
    const { body } = await ask<Order>("POST", "/orders", order, {
      "idempotency-key": keyed.sent.key,
    });
    keep(null);
    take(body);
    return body;
  } catch (failure) {
    if (failure instanceof Refused && isDefinitive(failure.status)) keep(answered(keyed));
    throw failure;
  }
}
