import { describe, expect, it } from "vitest";
import type { Job } from "../contract";
import { rowsOf, stageOf, swept, withJob, withoutJob } from "./jobs";

function job(orderId: string, part: Partial<Job> = {}): Job {
  return {
    orderId,
    number: 1,
    version: 1,
    state: "OPEN",
    claimable: true,
    ringMeters: 1500,
    store: { id: "s-1", name: "달빛분식", lat: 37.55, lng: 126.91 },
    dropoff: { area: "나루동 12길", lat: 37.56, lng: 126.9 },
    distanceMeters: 100,
    deliveryMeters: 900,
    feeWon: 3800,
    readyAt: null,
    openedAt: null,
    mine: false,
    ...part,
  };
}

const ids = (rows: readonly { job: Job }[]) => rows.map((row) => row.job.orderId);

describe("the feed of jobs", () => {
  it("begins with the nearest pickup", () => {
    const rows = rowsOf([job("far", { distanceMeters: 900 }), job("near", { distanceMeters: 90 })]);
    expect(ids(rows)).toEqual(["near", "far"]);
  });

  it("never moves a row when a nearer job appears or one changes", () => {
    const rows = rowsOf([job("a"), job("b", { distanceMeters: 500 })]);
    const more = withJob(rows, job("c", { distanceMeters: 1 }));
    const changed = withJob(more, job("a", { version: 2, distanceMeters: 2000 }));
    expect(ids(changed)).toEqual(["a", "b", "c"]);
  });

  it("leaves a lost job grey in its place, and folds it away later", () => {
    const rows = withoutJob(rowsOf([job("a"), job("b")]), "a", "taken", 0);
    expect(rows[0]?.gone?.reason).toBe("taken");
    expect(ids(swept(rows, 3999))).toEqual(["a", "b"]);
    expect(ids(swept(rows, 4000))).toEqual(["b"]);
  });

  it("brings a released job back to life", () => {
    const gone = withoutJob(rowsOf([job("a")]), "a", "taken", 0);
    expect(withJob(gone, job("a", { version: 3 }))[0]?.gone).toBeNull();
  });

  it("does not believe a late view", () => {
    const rows = rowsOf([job("a", { version: 5, feeWon: 4000 })]);
    expect(withJob(rows, job("a", { version: 4 }))[0]?.job.feeWon).toBe(4000);
  });
});

describe("the stage of a job", () => {
  it("is a preview until the food is cooked, then open to everybody", () => {
    expect(stageOf(job("a", { state: "ANNOUNCED", claimable: false }))).toBe("announced");
    expect(stageOf(job("a", { state: "OPEN" }))).toBe("open");
  });

  it("is carried only by the one who holds it", () => {
    expect(stageOf(job("a", { state: "CLAIMED", mine: true }))).toBe("claimed");
    expect(stageOf(job("a", { state: "PICKED_UP", mine: true }))).toBe("pickedUp");
    expect(stageOf(job("a", { state: "CLAIMED" }))).toBe("over");
  });

  it("is over when it is delivered or withdrawn", () => {
    expect(stageOf(job("a", { state: "COMPLETED", mine: true }))).toBe("over");
    expect(stageOf(job("a", { state: "WITHDRAWN", mine: true }))).toBe("over");
  });
});
