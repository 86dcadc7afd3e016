import { describe, expect, it } from "vitest";
import type { Order } from "../contract";
import { changesOf, isWorthSaying, minutesLate } from "./ledger";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute)).toISOString();
const order = (events: string[], toMinute: number) =>
  ({
    eta: { from: at(toMinute - 4), to: at(toMinute), firstPromise: at(40), cause: null },
    timeline: events.map((event, index) => ({ event, at: at(index), by: "store" })),
  }) as unknown as Order;

describe("the promise ledger", () => {
  it("keeps every cause that moved the promise, in order, and no other event", () => {
    const events = ["OrderPlaced", "CookDelayed", "CookFinished", "JobReleased"];
    expect(changesOf(order(events, 47)).map(({ event }) => event)).toEqual([
      "CookDelayed",
      "JobReleased",
    ]);
  });

  it("says what brought it forward after a delay, and nothing where nothing put it off", () => {
    const sooner = (events: string[]) => {
      const { timeline, eta } = order(events, 30);
      return changesOf({ timeline, eta: { ...eta, cause: "CookFinished" } as Order["eta"] });
    };
    const events = ["OrderPlaced", "CookDelayed", "CookFinished"];
    expect(sooner(events).map(({ event }) => event)).toEqual(["CookDelayed", "CookFinished"]);
    expect(sooner(["OrderPlaced", "CookFinished"])).toEqual([]);
  });

  it("counts from the first promise, in both directions", () => {
    expect(minutesLate(order([], 47))).toBe(7);
    expect(minutesLate(order([], 35))).toBe(-5);
    expect(minutesLate({ eta: null } as Order)).toBeNull();
  });

  it("says nothing about a minute", () => {
    expect(isWorthSaying(1)).toBe(false);
    expect(isWorthSaying(-2)).toBe(true);
    expect(isWorthSaying(null)).toBe(false);
  });
});
