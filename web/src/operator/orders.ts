// The newest orders, those that are late or stuck, and one order's log.

import { computed, signal } from "@preact/signals";
import { ask, get, inWords } from "../api";
import type { DeadLetter, Order, Payment, Step, StuckOrder } from "../contract";
import { secondsSince } from "../core/clock";
import { type Late, lateStepOf } from "../core/lateness";
import { OWED_SECONDS } from "../core/thresholds";
import { serverNow } from "../live";

const ORDERS_MAX = 100;
const READ_AGAIN_MS = 2000;
/** What is stuck stays so for minutes. */
const STUCK_AGAIN_MS = 5000;

export const orders = signal<Order[] | null>(null);
export const stuck = signal<StuckOrder[] | null>(null);
export const dead = signal<DeadLetter[] | null>(null);
export const failure = signal<string | null>(null);

export const chosenId = signal<string | null>(null);
export const timeline = signal<Step[] | null>(null);
export const payments = signal<Payment[] | null>(null);

/** The chosen order, however old it is. */
export const chosen = computed<Order | null>(() => {
  const byId = ({ id }: Order) => id === chosenId.value;
  return orders.value?.find(byId) ?? stuck.value?.find(byId) ?? fetched.value;
});
const fetched = signal<Order | null>(null);

export type Trouble = { order: Order; late: Late | null; stuck: StuckOrder | null };

/** Orders that need a look: the stuck ones, then the late ones, the longest first. */
export const troubles = computed<Trouble[]>(() => {
  const isLong = ({ since }: StuckOrder) =>
    (secondsSince(since, serverNow.value) ?? 0) >= OWED_SECONDS;
  const held = (stuck.value ?? []).filter(isLong);
  const isStuck = new Set(held.map(({ id }) => id));
  const late = (orders.value ?? [])
    .filter(({ id }) => !isStuck.has(id))
    .map((order) => ({ order, late: lateStepOf(order, serverNow.value), stuck: null }))
    .filter((one) => one.late !== null)
    .sort((a, b) => (a.late?.sinceMs ?? 0) - (b.late?.sinceMs ?? 0));
  return [
    ...held.map((order) => ({ order, late: lateStepOf(order, serverNow.value), stuck: order })),
    ...late,
  ];
});

const reads = { orders: { atMs: 0, isOn: false }, stuck: { atMs: 0, isOn: false } };

/** Reads what has grown old. Called with every second of counters. */
export function readAgain(): void {
  void once("orders", READ_AGAIN_MS, readOrders);
  void once("stuck", STUCK_AGAIN_MS, readStuck);
}

async function once(which: keyof typeof reads, pauseMs: number, read: () => Promise<void>) {
  const held = reads[which];
  if (held.isOn || Date.now() - held.atMs < pauseMs) return;
  held.isOn = true;
  try {
    await read();
    failure.value = null;
  } catch (cause) {
    failure.value = inWords(cause);
  } finally {
    held.isOn = false;
    held.atMs = Date.now();
  }
}

async function readOrders(): Promise<void> {
  const page = await get<{ orders: Order[] }>(`/orders?limit=${ORDERS_MAX}`);
  const before = chosen.value?.version;
  orders.value = page.orders;
  if (chosen.value !== null && chosen.value.version !== before) await readChosen();
}

async function readStuck(): Promise<void> {
  const [held, letters] = await Promise.all([
    get<{ orders: StuckOrder[] }>("/ops/stuck"),
    get<{ dead: DeadLetter[] }>("/ops/dead"),
  ]);
  stuck.value = held.orders;
  dead.value = letters.dead;
}

/** Opens one order's log. */
export async function choose(id: string): Promise<void> {
  chosenId.value = id;
  timeline.value = null;
  payments.value = null;
  fetched.value = null;
  await readChosen().catch((cause) => {
    failure.value = inWords(cause);
  });
}

async function readChosen(): Promise<void> {
  const id = chosenId.peek();
  if (id === null) return;
  const [order, log, paid] = await Promise.all([
    get<Order>(`/orders/${id}`),
    get<{ events: Step[] }>(`/orders/${id}/timeline`),
    get<{ payments: Payment[] }>(`/payments?orderId=${id}`),
  ]);
  if (chosenId.peek() !== id) return;
  fetched.value = order;
  timeline.value = log.events;
  payments.value = paid.payments;
}

export type Deed = "cancel" | "reassign" | "complete";

/** Steps in, with the reason that is written into the log. */
export function stepIn(order: Order, deed: Deed, reason: string): Promise<void> {
  return command(`/ops/orders/${order.id}/${deed}`, order, { reason });
}

export function retryRefund(order: Order): Promise<void> {
  return command(`/payments/${order.id}/retryRefund`, order);
}

/** Writes down a refund that was made by hand. */
export function settleRefund(order: Order, reference: string): Promise<void> {
  return command(`/payments/${order.id}/settle`, order, { reference });
}

async function command(path: string, { version }: Order, body?: object): Promise<void> {
  // The same deed on the same version is the same command, however often it is sent.
  await ask("PUT", path, body, { "idempotency-key": `v${version}` });
  await Promise.all([readOrders(), readStuck()]);
  await readChosen();
}

/** Has the workers look again at what they gave up. */
export async function retryDead({ id }: DeadLetter): Promise<void> {
  const path = `/ops/dead/${encodeURIComponent(id)}/retry`;
  dead.value = (await ask<{ dead: DeadLetter[] }>("PUT", path)).body.dead;
}
