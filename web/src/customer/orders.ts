// The customer's orders as they come from the hub: what is under way, and each one's rider.

import { computed, signal } from "@preact/signals";
import { get } from "../api";
import type {
  Alert,
  CustomerNews,
  CustomerSnapshot,
  Order,
  OrderNews,
  OrderSnapshot,
  RidersNear,
} from "../contract";
import { type Book, enter, restart } from "../core/fold";
import { isEnded } from "../core/steps";
import { me } from "../identity";
import { follow } from "../live";

import { type Fix, fixAfter } from "./tracked";

const book = signal<Book<Order>>(new Map());
const fixes = signal<ReadonlyMap<string, Fix>>(new Map());

const ridersNear = signal<ReadonlyMap<string, number>>(new Map());

/** False until the hub has said what is under way. */
export const isKnown = signal(false);

/** The newest message, until it has been seen. */
export const newestAlert = signal<Alert | null>(null);

/** The order that is on the screen in full, if one is. */
export const watchedId = signal<string | null>(null);

/** Orders that are not over, newest first. */
export const underWay = computed(() =>
  [...book.value.values()]
    .filter((order) => !isEnded(order.state))
    .sort((a, b) => b.number - a.number),
);

/** An order as far as it is known. */
export function orderOf(id: string): Order | null {
  return book.value.get(id) ?? null;
}

/** Where the rider of an order is, while it is on the way. */
export function fixOf(id: string): Fix | null {
  return fixes.value.get(id) ?? null;
}

/** How many riders could take an order's delivery now; `null` unless the hub has said so. */
export function ridersNearOf(id: string): number | null {
  return ridersNear.value.get(id) ?? null;
}

/** Takes a newer view of an order, from wherever it came. */
export function take(order: Order): void {
  book.value = enter(book.value, order.id, order);
}

/** Follows what happens to any of my orders. */
export function followMine(): () => void {
  return follow<CustomerSnapshot, CustomerNews>(`customer:${me().id}`, {
    recoverable: true,
    snapshot: ({ orders }) => {
      // What has ended stays known: somebody may be looking at it.
      const ended = [...book.value.values()].filter((order) => isEnded(order.state));
      const fresh = restart(book.value, orders, (order) => order.id);
      book.value = ended.reduce((all, order) => enter(all, order.id, order), fresh);
      isKnown.value = true;
    },
    forget: () => {
      book.value = new Map();
    },
    news: (news) => {
      if (news.type === "alert") {
        newestAlert.value = news;
        // Whoever looks at the page reads it there.
        if (document.hidden) void import("./notify").then(({ notify }) => notify(news));
      } else if ((orderOf(news.orderId)?.version ?? 0) < news.version) void read(news.orderId);
    },
  });
}

/** Follows one order closely, with its rider's position. */
export function followOrder(id: string, onRefused: () => void): () => void {
  watchedId.value = id;
  const leave = follow<OrderSnapshot, OrderNews>(`order:${id}`, {
    recoverable: true,
    snapshot: (snapshot) => {
      take(snapshot.order);
      if (snapshot.ridersNear) count(snapshot.ridersNear);
    },
    forget: () => {
      const others = new Map(book.value);
      others.delete(id);
      book.value = others;
    },
    news: (news) => {
      if (news.type === "order") take(news.order);
      else if (news.type === "ridersNear") count(news);
      else if (news.type === "riderLocation") {
        fixes.value = new Map(fixes.value).set(id, fixAfter(fixOf(id), news));
      }
    },
    refused: onRefused,
  });
  return () => {
    if (watchedId.value === id) watchedId.value = null;
    leave();
  };
}

function count({ orderId, count }: RidersNear): void {
  ridersNear.value = new Map(ridersNear.value).set(orderId, count);
}

async function read(id: string): Promise<void> {
  // The next news or the next visit asks again; there is nothing to show for it here.
  const order = await get<Order>(`/orders/${id}`).catch(() => null);
  if (order !== null) take(order);
}
