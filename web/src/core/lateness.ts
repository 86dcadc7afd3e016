// Which step of an order is late, and since when: by the instants that the order itself names.

import type { Order } from "../contract";

export type LateStep = "accept" | "start" | "cook" | "dispatch" | "pickup" | "deliver";
export type Late = { step: LateStep; sinceMs: number };

/** The step that should be over by now; `null` while the order is in time. */
export function lateStepOf(order: Order, nowMs: number): Late | null {
  const step = stepOf(order);
  if (step === null) return null;
  const due = dueOf(order, step);
  const sinceMs = due === null || due === undefined ? Number.NaN : Date.parse(due);
  return sinceMs < nowMs ? { step, sinceMs } : null;
}

/** How many seconds each of these orders waited for its store to accept it. */
export function acceptSeconds(orders: readonly Order[]): number[] {
  const at = ({ timeline }: Order, event: string) =>
    Date.parse(timeline.find((one) => one.event === event)?.at ?? "");
  return orders
    .map((order) => (at(order, "OrderAccepted") - at(order, "OrderPlaced")) / 1000)
    .filter((seconds) => !Number.isNaN(seconds));
}

function stepOf({ state, rider }: Order): LateStep | null {
  switch (state) {
    case "PLACED":
      return "accept";
    case "ACCEPTED":
      return "start";
    case "COOKING":
      return "cook";
    case "COOKED":
      return rider === null ? "dispatch" : "pickup";
    case "DELIVERING":
      return "deliver";
    case "PAYMENT_PENDING":
    case "DELIVERED":
    case "PAYMENT_FAILED":
    case "REJECTED":
    case "CANCELED":
      return null;
  }
}

function dueOf({ acceptBy, cookDueAt, eta }: Order, step: LateStep) {
  if (step === "accept") return acceptBy;
  // Food that stands is late from when the customer should have had it.
  return step === "start" || step === "cook" ? cookDueAt : eta?.to;
}
