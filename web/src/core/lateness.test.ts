import { describe, expect, it } from "vitest";
import type { Order } from "../contract";
import { acceptSeconds, lateStepOf } from "./lateness";

const NOON = Date.parse("2026-11-22T12:00:00.000Z");
const at = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();
const order = (part: Partial<Order>) =>
  ({ rider: null, acceptBy: null, cookDueAt: null, eta: null, ...part }) as Order;

describe("a late order", () => {
  it("names the step whose instant has passed", () => {
    expect(lateStepOf(order({ state: "PLACED", acceptBy: at(-5) }), NOON)?.step).toBe("accept");
    expect(lateStepOf(order({ state: "ACCEPTED", cookDueAt: at(-5) }), NOON)?.step).toBe("start");
    expect(lateStepOf(order({ state: "COOKING", cookDueAt: at(-5) }), NOON)?.step).toBe("cook");
  });

  it("knows food without a rider from food whose rider has not come", () => {
    const eta = { from: at(-60), to: at(-5), firstPromise: at(-5), cause: null };
    const cooked = order({ state: "COOKED", eta });
    expect(lateStepOf(cooked, NOON)?.step).toBe("dispatch");
    expect(lateStepOf({ ...cooked, rider: { id: "r-1" } }, NOON)?.step).toBe("pickup");
    expect(lateStepOf({ ...cooked, state: "DELIVERING" }, NOON)).toEqual({
      step: "deliver",
      sinceMs: NOON - 5000,
    });
  });

  it("is none while it is in time, without an instant, or at its end", () => {
    expect(lateStepOf(order({ state: "PLACED", acceptBy: at(5) }), NOON)).toBeNull();
    expect(lateStepOf(order({ state: "PLACED" }), NOON)).toBeNull();
    expect(lateStepOf(order({ state: "DELIVERED", cookDueAt: at(-5) }), NOON)).toBeNull();
  });
});

describe("the wait for a store", () => {
  it("is counted of the orders that it ended for", () => {
    const told = (...timeline: { event: string; at: string }[]) =>
      order({ timeline: timeline.map((step) => ({ ...step, by: "store" })) });
    const placed = { event: "OrderPlaced", at: at(0) };
    const accepted = { event: "OrderAccepted", at: at(12) };
    expect(acceptSeconds([told(placed, accepted), told(placed), told()])).toEqual([12]);
  });
});
