import { describe, expect, it } from "vitest";
import { meters, timeOfDay, timeRange, won } from "./formats";

describe("formats", () => {
  it("write money with its sign and groups of three", () => {
    expect(won(18000)).toBe("₩18,000");
    expect(won(0)).toBe("₩0");
  });

  it("write distances as one would say them", () => {
    expect(meters(0)).toBe("0m");
    expect(meters(638)).toBe("640m");
    expect(meters(1240)).toBe("1.2km");
    expect(meters(null)).toBe("–");
  });

  it("show instants in the time of Seoul, wherever the screen stands", () => {
    expect(timeOfDay("2026-11-22T09:47:00.000Z", "en")).toBe("18:47");
    expect(timeOfDay("2026-11-22T09:47:00.000Z", "ko")).toContain("6:47");
    expect(timeOfDay(null, "ko")).toBe("–");
    expect(timeOfDay("never", "ko")).toBe("–");
  });

  it("say a window of one minute as one time", () => {
    const at = "2026-11-22T09:47:00.000Z";
    expect(timeRange(at, "2026-11-22T09:47:30.000Z", "en")).toBe("18:47");
    expect(timeRange(at, "2026-11-22T09:51:00.000Z", "en")).toMatch(/^18:47\s?–\s?18:51$/);
  });

  it("never show a window that ends before it begins", () => {
    expect(timeRange("2026-11-22T09:51:00Z", "2026-11-22T09:47:00Z", "en")).toBe("18:47");
  });
});
