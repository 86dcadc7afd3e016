// The town as its operator sees it: counters every second, the newest orders, one order's log.

import { signal } from "@preact/signals";
import { get, inWords } from "../api";
import type { Order, Step } from "../contract";
import { follow } from "../live";
import type { Counters, OpsNews } from "../news";

const ORDERS_MAX = 50;
const READ_AGAIN_MS = 2000;

export const counters = signal<Counters | null>(null);
export const orders = signal<Order[] | null>(null);
export const failure = signal<string | null>(null);

export const chosenId = signal<string | null>(null);
export const timeline = signal<Step[] | null>(null);

let readAtMs = 0;
let isReading = false;

/** Follows the counters; each of them is also the tick for reading the orders again. */
export function followTown(): () => void {
  void readOrders();
  return follow<{ counters: Counters }, OpsNews>("ops", {
    recoverable: false,
    snapshot: (snapshot) => {
      counters.value = snapshot.counters;
      void readOrders();
    },
    news: (news) => {
      if (news.type !== "counters") return;
      counters.value = numbersOf(news);
      void readOrders();
    },
  });
}

function numbersOf(news: object): Counters {
  // Some hubs nest them, some don't; whatever is a number is a counter.
  const inner = (news as { counters?: object }).counters ?? news;
  return Object.fromEntries(Object.entries(inner).filter(([, value]) => typeof value === "number"));
}

async function readOrders(): Promise<void> {
  if (isReading || Date.now() - readAtMs < READ_AGAIN_MS) return;
  isReading = true;
  readAtMs = Date.now();
  try {
    const page = await get<{ orders: Order[] }>(`/orders?limit=${ORDERS_MAX}`);
    const before = orders.value?.find((order) => order.id === chosenId.value);
    orders.value = page.orders;
    failure.value = null;
    const after = page.orders.find((order) => order.id === chosenId.value);
    if (after && after.version !== before?.version) await readTimeline(after.id);
  } catch (cause) {
    failure.value = inWords(cause);
  } finally {
    isReading = false;
  }
}

/** Opens one order's log. */
export async function choose(id: string): Promise<void> {
  chosenId.value = id;
  timeline.value = null;
  await readTimeline(id);
}

async function readTimeline(id: string): Promise<void> {
  const answer = await get<{ events: Step[] }>(`/orders/${id}/timeline`).catch((cause) => {
    failure.value = inWords(cause);
    return null;
  });
  if (answer !== null && chosenId.value === id) timeline.value = answer.events;
}
