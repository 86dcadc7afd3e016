// The store's own past: read from its orders when the board opens and as orders leave it.

import { computed, effect, signal } from "@preact/signals";
import { get } from "../api";
import type { Order, Orders } from "../contract";
import { COLUMNS, type Targets } from "../core/board";
import { dayNumber, dayOf, usualMinutes } from "../core/kitchen";
import { settings } from "../identity";
import { serverNow } from "../live";
import type { StageInfo } from "../shell/cast";
import { choices } from "./choices";
import { columns, store } from "./tickets";

const PAGE = 100;
/** No kitchen has a longer day; whoever has, sees its last part. */
const PAGES_MAX = 5;
/** The board moves often; its averages don't. */
const READ_AGAIN_MS = 60_000;

const orders = signal<readonly Order[] | null>(null);
/** How many minutes of the store fit into a real one; only a simulated city hurries. */
const haste = signal(1);

export const today = computed(() => {
  if (orders.value === null) return null;
  const day = dayOf(orders.value, serverNow.peek(), haste.value);
  return { ...day, accepted: day.accepted + acceptedSince(orders.value) };
});

/** Orders that were on this board after they were accepted; some have left it since. */
const seen = new Set<string>();

/** How many were accepted since the day was read. */
function acceptedSince(read: readonly Order[]): number {
  const isAccepted = ({ timeline }: Order) => timeline.some((one) => one.event === "OrderAccepted");
  const counted = new Set(read.filter(isAccepted).map(({ id }) => id));
  for (const { column, tickets } of columns.value) {
    if (column !== "PLACED") for (const { orderId } of tickets) seen.add(orderId);
  }
  return [...seen].filter((id) => !counted.has(id)).length;
}

/** The promise that a new order is accepted with unless another one is chosen. */
export const promiseMinutes = computed(
  () => usualMinutes(orders.value ?? [], haste.value) ?? store.value?.defaultCookMinutes ?? 15,
);

/** What the store chose, in minutes as the town lives them. */
export const targets = computed<Targets>(() => {
  const chosen = choices.value.targetMinutes;
  const paced = COLUMNS.map((column) => [column, chosen[column] / haste.value]);
  return Object.fromEntries(paced) as Targets;
});

/** Reads the day now and, at most every so often, when the board has changed. */
export function followToday(): () => void {
  let readAtMs = 0;
  let later: ReturnType<typeof setTimeout> | undefined;
  const read = () => {
    later = undefined;
    readAtMs = Date.now();
    void readDay();
  };
  const end = effect(() => {
    void columns.value;
    if (later === undefined) later = setTimeout(read, readAtMs + READ_AGAIN_MS - Date.now());
  });
  return () => {
    clearTimeout(later);
    end();
  };
}

async function readDay(): Promise<void> {
  const known = new Map(orders.value?.map((order) => [order.id, order]));
  const isFirst = known.size === 0;
  const today = dayNumber(serverNow.peek());
  let after = "";
  for (let page = 0; page < (isFirst ? PAGES_MAX : 1); page++) {
    // The numbers are a comfort; a board that can't have them works on.
    const answer = await get<Orders>(`/orders?limit=${PAGE}${after}`).catch(() => null);
    if (answer === null) return;
    for (const order of answer.orders) known.set(order.id, order);
    const oldest = answer.orders.at(-1);
    if (!answer.next || !oldest || dayNumber(Date.parse(oldest.placedAt)) < today) break;
    after = `&after=${answer.next}`;
  }
  if (settings().city) haste.value = await cityHaste();
  orders.value = [...known.values()].sort((a, b) => b.placedAt.localeCompare(a.placedAt));
}

async function cityHaste(): Promise<number> {
  const answer = await fetch("/city").catch(() => null);
  return answer?.ok ? ((await answer.json()) as StageInfo).speed : 1;
}
