import { describe, expect, it } from "vitest";
import { sightingsIn } from "./sightings";
import { Tally } from "./tally";

describe("what a screen missed", () => {
  it("is found in whatever form a role is shown orders", () => {
    expect(sightingsIn({ order: { id: "a", version: 3 } })).toEqual([{ id: "a", version: 3 }]);
    expect(sightingsIn({ store: {}, tickets: [{ orderId: "a", version: 2 }] })).toHaveLength(1);
    expect(sightingsIn({ type: "orderStatus", orderId: "a", version: 4 })).toHaveLength(1);
    expect(sightingsIn({ type: "riderLocation", lat: 1, lng: 2 })).toEqual([]);
    expect(sightingsIn(null)).toEqual([]);
  });

  it("is counted in events, also of orders that are new", () => {
    const tally = new Tally();
    tally.note([{ id: "a", version: 3 }]);
    const before = tally.copy();
    tally.note([
      { id: "a", version: 5 },
      { id: "b", version: 2 },
    ]);
    expect(tally.since(before)).toBe(4);
  });

  it("is not counted twice, nor backwards", () => {
    const tally = new Tally();
    tally.note([{ id: "a", version: 3 }]);
    const before = tally.copy();
    tally.note([{ id: "a", version: 3 }]);
    tally.note([{ id: "a", version: 1 }]);
    expect(tally.since(before)).toBe(0);
  });
});
