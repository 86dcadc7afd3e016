// What the kitchen commands: on its way until the hub's news show it, or refused with a reason.

import { computed, effect, signal } from "@preact/signals";
import { ask, inWords, Refused } from "../api";
import type { Ticket } from "../contract";
import { COLUMNS } from "../core/board";
import { struckTickets, take, ticketOf } from "./tickets";

export type Step =
  | "accept"
  | "reject"
  | "startCook"
  | "delay"
  | "finishCook"
  | "undo"
  | "cancel"
  | "acknowledge";

/** How long after its answer a step may be missing from the news before the answer is shown. */
const NEWS_MS = 2000;

/** What is on its way, by order. */
export const underWay = signal<ReadonlyMap<string, Step>>(new Map());

/** Why the last step of an order was refused, until it is tried again or put away. */
export const refusals = signal<ReadonlyMap<string, string>>(new Map());

/** Refusals of orders that no column shows any more; they are told beside the board. */
export const strayRefusals = computed(() =>
  [...refusals.value].filter(([orderId]) => {
    const state = ticketOf(orderId)?.state;
    const isShown = COLUMNS.some((column) => column === state);
    return !isShown && !struckTickets.value.some((ticket) => ticket.orderId === orderId);
  }),
);

export function putAway(orderId: string): void {
  refusals.value = without(refusals.value, orderId);
}

/**
 * Commands a step of the kitchen. Settles when the board shows what it led to; never fails, for a
 * refusal is told where the ticket stands by then.
 */
export async function step(ticket: Ticket, command: Step, body?: object): Promise<void> {
  const { orderId, version } = ticket;
  if (underWay.value.has(orderId)) return;
  underWay.value = new Map(underWay.value).set(orderId, command);
  putAway(orderId);
  // The same step of the same version is the same command, however often it is sent.
  const key = [version, command, ...Object.values(body ?? {})].join("-");
  const path = `/storeOrders/${orderId}/${command}`;
  try {
    const { body: answer } = await ask<Ticket>("PUT", path, body, { "idempotency-key": key });
    await told(answer);
  } catch (failure) {
    if (failure instanceof Refused) takeTruth(failure);
    refusals.value = new Map(refusals.value).set(orderId, inWords(failure));
  } finally {
    underWay.value = without(underWay.value, orderId);
  }
}

/** Waits until the news have brought the ticket as far as the answer is. */
async function told(answer: Ticket): Promise<void> {
  const late = setTimeout(() => take(answer), NEWS_MS);
  let end = () => {};
  await new Promise<void>((done) => {
    end = effect(() => {
      if ((ticketOf(answer.orderId)?.version ?? 0) >= answer.version) done();
    });
  });
  clearTimeout(late);
  end();
}

/** A refusal brings the ticket as it truly is; another tablet may have been first. */
function takeTruth({ problem }: Refused): void {
  if (problem.order && "onBoard" in problem.order) take(problem.order);
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
