// How an order's life is shown to its customer: five steps, and what happens when it is called off.

import type { PaymentStateName, ProgressStep, StateName } from "../contract";

export const STEPS = ["placed", "accepted", "cooking", "delivering", "delivered"] as const;
export type Step = (typeof STEPS)[number];

const STEP_OF: Record<StateName, number> = {
  PAYMENT_PENDING: -1,
  PLACED: 0,
  ACCEPTED: 1,
  COOKING: 2,
  COOKED: 2,
  DELIVERING: 3,
  DELIVERED: 4,
  PAYMENT_FAILED: -1,
  REJECTED: -1,
  CANCELED: -1,
};

/** What the steps are known by in a timeline, and the one on the way that is worth words. */
const EVENT_OF: Record<Step | "approached", string> = {
  placed: "OrderPlaced",
  accepted: "OrderAccepted",
  cooking: "CookStarted",
  delivering: "DeliveryStarted",
  approached: "RiderApproached",
  delivered: "DeliveryCompleted",
};

/** The index of the step an order stands on; -1 before the first and after being called off. */
export function stepOf(state: StateName): number {
  return STEP_OF[state];
}

type Told = { timeline: ProgressStep[] };

/** When a step was reached; the last time, as a step can be taken back. */
export function reachedAt({ timeline }: Told, step: Step | "approached"): string | null {
  return timeline.findLast((entry) => entry.event === EVENT_OF[step])?.at ?? null;
}

const ENDED: ReadonlySet<StateName> = new Set([
  "DELIVERED",
  "PAYMENT_FAILED",
  "REJECTED",
  "CANCELED",
]);

/** Whether nothing more will happen to the order itself. */
export function isEnded(state: StateName): boolean {
  return ENDED.has(state);
}

/** Whether it ended without food on the table. */
export function isCalledOff(state: StateName): boolean {
  return state === "REJECTED" || state === "CANCELED";
}

export type RefundStep = "none" | "pending" | "stuck" | "done";

/** How far the money is on its way back. */
export function refundOf(payment: PaymentStateName): RefundStep {
  switch (payment) {
    case "REFUND_PENDING":
      return "pending";
    case "REFUND_STUCK":
      return "stuck";
    case "REFUNDED":
      return "done";
    case "PENDING":
    case "APPROVED":
    case "DECLINED":
      return "none";
  }
}
