// A rider's jobs: what comes next in each, and a list that does not jump under the finger.

import type { Job } from "../contract";
import { GONE_SECONDS } from "./thresholds";

export type JobStage = "announced" | "open" | "claimed" | "pickedUp" | "over";

/** Where a job stands for a rider; one that somebody else holds is over. */
export function stageOf(job: Job): JobStage {
  switch (job.state) {
    case "NONE":
    case "ANNOUNCED":
      return "announced";
    case "OPEN":
      return "open";
    case "CLAIMED":
      return job.mine ? "claimed" : "over";
    case "PICKED_UP":
      return job.mine ? "pickedUp" : "over";
    case "COMPLETED":
    case "WITHDRAWN":
      return "over";
  }
}

export type GoneReason = "taken" | "canceled" | "outOfRange" | "mine";

export type Row = { job: Job; gone: { reason: GoneReason; atMs: number } | null };

/**
 * The rows after one more job: a known one keeps its place, a new one goes below. Sorting happens
 * only when the list is started over, so that no row moves while a finger is on its way.
 */
export function withJob(rows: readonly Row[], job: Job): Row[] {
  const at = rows.findIndex((row) => row.job.orderId === job.orderId);
  const held = rows[at];
  if (!held) return [...rows, { job, gone: null }];
  if (held.job.version > job.version) return [...rows];
  return rows.with(at, { job, gone: null });
}

/** The rows after one job went to somebody else; it stays grey for a moment, with the reason. */
export function withoutJob(
  rows: readonly Row[],
  orderId: string,
  reason: GoneReason,
  nowMs: number,
): Row[] {
  return rows.map((row) =>
    row.job.orderId === orderId && row.gone === null
      ? { ...row, gone: { reason, atMs: nowMs } }
      : row,
  );
}

/** The rows without those that have been grey for long enough; the same array if there are none. */
export function swept(rows: readonly Row[], nowMs: number): readonly Row[] {
  const isOver = ({ gone }: Row) => gone !== null && nowMs - gone.atMs >= GONE_SECONDS * 1000;
  return rows.some(isOver) ? rows.filter((row) => !isOver(row)) : rows;
}

/** Rows started over from a snapshot, nearest pickup first. */
export function rowsOf(jobs: readonly Job[]): Row[] {
  return [...jobs]
    .sort((a, b) => (a.distanceMeters ?? Infinity) - (b.distanceMeters ?? Infinity))
    .map((job) => ({ job, gone: null }));
}
