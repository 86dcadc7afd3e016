import { describe, expect, it } from "vitest";
import { isRidingAt, kmh, kmhBetween } from "./riding";

describe("riding", () => {
  it("begins above 15 km/h and ends below 10", () => {
    expect(isRidingAt(false, 14)).toBe(false);
    expect(isRidingAt(false, 16)).toBe(true);
    expect(isRidingAt(true, 12)).toBe(true);
    expect(isRidingAt(true, 9)).toBe(false);
  });

  it("is measured between two places where the phone says no speed", () => {
    const from = { point: { lat: 37.55, lng: 126.91 }, atMs: 0 };
    const to = { point: { lat: 37.5509, lng: 126.91 }, atMs: 10_000 };
    expect(kmhBetween(from, to)).toBeCloseTo(36, 0);
    expect(kmhBetween(null, to)).toBeNull();
    expect(kmhBetween(from, { ...to, atMs: 100 })).toBeNull();
    expect(kmh(5)).toBe(18);
  });
});
