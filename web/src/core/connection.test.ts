import { describe, expect, it } from "vitest";
import { connectionState, isCurrent, type Line, mayAct } from "./connection";

const NOW = 1_000_000;
const up: Line = {
  up: true,
  online: true,
  downSinceMs: null,
  wasUp: true,
  refused: false,
  caughtUpAtMs: null,
  outdated: false,
};
const down = (seconds: number): Line => ({ ...up, up: false, downSinceMs: NOW - seconds * 1000 });

describe("the state of the line", () => {
  it("is loading before the first connection, and says so if that takes long", () => {
    expect(connectionState({ ...down(1), wasUp: false }, NOW)).toBe("loading");
    expect(connectionState({ ...down(20), wasUp: false }, NOW)).toBe("stale");
  });

  it("is a hiccup for fifteen seconds and stale from then on", () => {
    expect(connectionState(down(0), NOW)).toBe("reconnecting");
    expect(connectionState(down(14), NOW)).toBe("reconnecting");
    expect(connectionState(down(15), NOW)).toBe("stale");
  });

  it("says for a moment that it has caught up", () => {
    expect(connectionState({ ...up, caughtUpAtMs: NOW - 1000 }, NOW)).toBe("caughtUp");
    expect(connectionState({ ...up, caughtUpAtMs: NOW - 60_000 }, NOW)).toBe("live");
  });

  it("believes the browser about the network, even while the socket looks open", () => {
    expect(connectionState({ ...up, online: false }, NOW)).toBe("offline");
  });

  it("is live in an old screen too, which only says that there is a new one", () => {
    const old = { ...up, outdated: true };
    expect(connectionState(old, NOW)).toBe("outdated");
    expect(mayAct("outdated")).toBe(true);
    expect(isCurrent("outdated")).toBe(true);
    expect(connectionState({ ...down(3), outdated: true }, NOW)).toBe("reconnecting");
  });

  it("lets nobody command without a line that may come back at once", () => {
    expect(mayAct("live")).toBe(true);
    expect(mayAct("reconnecting")).toBe(true);
    expect(mayAct("offline")).toBe(false);
    expect(mayAct("refused")).toBe(false);
  });
});
