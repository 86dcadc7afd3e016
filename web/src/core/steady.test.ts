import { describe, expect, it } from "vitest";
import type { Job } from "../contract";
import type { Row } from "./jobs";
import { steadied } from "./steady";

const row = (orderId: string, meters: number, gone: Row["gone"] = null): Row => ({
  job: { orderId, distanceMeters: meters } as Job,
  gone,
});
const metersOf = (job: Job) => job.distanceMeters ?? Number.POSITIVE_INFINITY;
const ids = (rows: readonly Row[]) => rows.map(({ job }) => job.orderId);

describe("a list that is reached for", () => {
  const shown = [row("near", 100), row("far", 900)];

  it("lets a new job wait, however near it is", () => {
    const held = steadied(shown, [...shown, row("nearest", 10)], true, metersOf);
    expect(ids(held.rows)).toEqual(["near", "far"]);
    expect(held.waiting).toBe(1);
  });

  it("greys a job that was taken in its place and keeps one that is swept away", () => {
    const taken = row("near", 100, { reason: "taken", atMs: 0 });
    const greyed = steadied(shown, [taken, row("far", 900)], true, metersOf);
    expect(greyed.rows[0]?.gone?.reason).toBe("taken");
    const swept = steadied(greyed.rows, [row("far", 900)], true, metersOf);
    expect(ids(swept.rows)).toEqual(["near", "far"]);
  });

  it("takes everything over once it is let go, nearest first", () => {
    const there = [...shown, row("nearest", 10)];
    expect(ids(steadied(shown, there, false, metersOf).rows)).toEqual(["nearest", "near", "far"]);
  });

  it("does not sort again while nothing comes or goes", () => {
    const moved = [row("near", 950), row("far", 200)];
    expect(ids(steadied(shown, moved, false, metersOf).rows)).toEqual(["near", "far"]);
  });
});
