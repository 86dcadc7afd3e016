import { describe, expect, it } from "vitest";
import { ServerClock, secondsSince, secondsUntil, stopwatch } from "./clock";

const NOON = Date.parse("2026-11-22T12:00:00.000Z");
const iso = (ms: number) => new Date(ms).toISOString();

describe("the hub's clock", () => {
  it("is ours until the hub has spoken", () => {
    expect(new ServerClock().at(NOON)).toBe(NOON);
  });

  it("follows a tablet that is five minutes slow", () => {
    const clock = new ServerClock();
    clock.learn(iso(NOON + 300_000), NOON);
    expect(clock.at(NOON + 1000)).toBe(NOON + 301_000);
  });

  it("trusts the message that was least late, and no replayed one", () => {
    const clock = new ServerClock();
    clock.learn(iso(NOON), NOON + 400);
    clock.learn(iso(NOON + 1000), NOON + 1050);
    clock.learn(iso(NOON - 60_000), NOON + 2000);
    expect(clock.skewMs).toBe(-50);
  });

  it("starts over with a new connection", () => {
    const clock = new ServerClock();
    clock.learn(iso(NOON + 300_000), NOON);
    clock.restart();
    clock.learn(iso(NOON), NOON);
    expect(clock.skewMs).toBe(0);
  });

  it("ignores a stamp that is none", () => {
    const clock = new ServerClock();
    clock.learn(undefined, NOON);
    clock.learn("soon", NOON);
    expect(clock.skewMs).toBe(0);
  });
});

describe("timers", () => {
  it("never count below zero", () => {
    expect(secondsSince(iso(NOON + 5000), NOON)).toBe(0);
    expect(stopwatch(-3)).toBe("0:00");
  });

  it("say how long ago and how long until", () => {
    expect(secondsSince(iso(NOON - 61_000), NOON)).toBe(61);
    expect(secondsUntil(iso(NOON + 61_000), NOON)).toBe(61);
    expect(secondsUntil(iso(NOON - 1000), NOON)).toBe(-1);
    expect(secondsSince(null, NOON)).toBeNull();
    expect(secondsUntil(undefined, NOON)).toBeNull();
  });

  it("read like a stopwatch", () => {
    expect(stopwatch(5)).toBe("0:05");
    expect(stopwatch(754)).toBe("12:34");
    expect(stopwatch(3729)).toBe("1:02:09");
  });
});
