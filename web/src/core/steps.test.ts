import { describe, expect, it } from "vitest";
import type { PaymentStateName, StateName } from "../contract";
import { isEnded, refundOf, stepOf } from "./steps";

describe("the five steps", () => {
  it("never go back on the way to the door", () => {
    const way: StateName[] = ["PLACED", "ACCEPTED", "COOKING", "COOKED", "DELIVERING", "DELIVERED"];
    const steps = way.map(stepOf);
    expect(steps).toEqual([...steps].sort());
    expect(steps.at(-1)).toBe(4);
  });

  it("are not shown for an order that was called off", () => {
    for (const state of ["CANCELED", "REJECTED", "PAYMENT_FAILED"] as const) {
      expect(stepOf(state), state).toBe(-1);
      expect(isEnded(state), state).toBe(true);
    }
  });
});

describe("a refund", () => {
  it("is done only when the provider has said so", () => {
    const states: PaymentStateName[] = ["APPROVED", "REFUND_PENDING", "REFUND_STUCK", "REFUNDED"];
    expect(states.filter((state) => refundOf(state) === "done")).toEqual(["REFUNDED"]);
  });
});
