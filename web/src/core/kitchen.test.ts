import { describe, expect, it } from "vitest";
import type { Order } from "../contract";
import { dayOf, usualMinutes, withinRules } from "./kitchen";

// 21:00 in Seoul.
const EVENING = Date.parse("2026-11-22T12:00:00.000Z");

function cooked(minutesAgo: number, minutes: number | null): Order {
  const at = (ms: number) => new Date(ms).toISOString();
  const accepted = EVENING - minutesAgo * 60_000;
  const timeline = [{ event: "OrderAccepted", at: at(accepted), by: "store" }];
  if (minutes !== null) {
    timeline.push({ event: "CookFinished", at: at(accepted + minutes * 60_000), by: "store" });
  }
  return { timeline } as Order;
}

describe("a kitchen's day", () => {
  it("counts what was accepted since midnight in Seoul", () => {
    const orders = [cooked(30, 12), cooked(90, 18), cooked(5, null), cooked(22 * 60, 10)];
    expect(dayOf(orders, EVENING)).toEqual({ accepted: 3, averageMinutes: 15 });
  });

  it("has no average before anything was cooked", () => {
    expect(dayOf([cooked(5, null)], EVENING).averageMinutes).toBeNull();
  });

  it("is measured in the minutes of the town", () => {
    expect(dayOf([cooked(30, 2)], EVENING, 6).averageMinutes).toBe(12);
  });
});

describe("the usual time to cook", () => {
  const all = (...minutes: number[]) => minutes.map((one, at) => cooked(at * 10, one));

  it("is the median of the recent, up to the next five minutes", () => {
    expect(usualMinutes(all(11, 12, 13, 14, 80))).toBe(15);
  });

  it("is unknown after a few orders", () => {
    expect(usualMinutes(all(11, 12, 13, 14))).toBeNull();
  });

  it("never leaves what the hub takes", () => {
    expect(usualMinutes(all(0.1, 0.1, 0.1, 0.1, 0.1))).toBe(5);
    expect(withinRules(200)).toBe(90);
  });
});
