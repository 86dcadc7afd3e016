import { describe, expect, it } from "vitest";
import { LastMinute, percentile, polyline } from "./pulse";

describe("a percentile", () => {
  it("is the value below which that share lies", () => {
    const values = [5, 1, 4, 2, 3, 9, 8, 7, 6, 10];
    expect(percentile(values, 0.5)).toBe(6);
    expect(percentile(values, 0.99)).toBe(10);
    expect(percentile([], 0.5)).toBeNull();
  });
});

describe("the last minute", () => {
  it("forgets what is older", () => {
    const minute = new LastMinute();
    minute.add(7, 0);
    minute.add(8, 50_000);
    expect(minute.values(59_000)).toEqual([7, 8]);
    expect(minute.values(70_000)).toEqual([8]);
  });

  it("tells growth for a whole minute from the part that was seen", () => {
    const minute = new LastMinute();
    expect(minute.growthPerMinute(0)).toBeNull();
    minute.add(100, 0);
    minute.add(103, 6_000);
    // Three in six seconds may be thirty a minute, or three.
    expect(minute.growthPerMinute(6_000)).toBeNull();
    minute.add(106, 12_000);
    expect(minute.growthPerMinute(12_000)).toBe(30);
  });

  it("does not go below nothing when the hub starts to count anew", () => {
    const minute = new LastMinute();
    minute.add(100, 0);
    minute.add(1, 10_000);
    expect(minute.growthPerMinute(10_000)).toBe(0);
  });
});

describe("a line", () => {
  it("ends at the right edge and leaves out what is unknown", () => {
    expect(polyline([null, 2, 4], 3)).toBe("50.0,54.0 100.0,8.0");
  });
});
