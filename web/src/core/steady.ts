// A list that holds still while somebody reaches for it. Knows nothing of fingers, only of holding.

import type { Job } from "../contract";
import type { Row } from "./jobs";

export type Steady = {
  rows: readonly Row[];
  /** Jobs that have come and are not in the list yet. */
  waiting: number;
};

/**
 * What the list shows next. A held list keeps its rows and their order: known ones change in
 * place, new ones wait, those that are gone stay grey. A free list takes over what there is,
 * nearest first, and sorts again only when a row has come or gone.
 */
export function steadied(
  shown: readonly Row[],
  there: readonly Row[],
  isHeld: boolean,
  metersOf: (job: Job) => number,
): Steady {
  const byId = new Map(there.map((row) => [row.job.orderId, row]));
  const ids = new Set(shown.map((row) => row.job.orderId));
  const inPlace = shown.map((row) => byId.get(row.job.orderId) ?? row);
  const fresh = there.filter((row) => !ids.has(row.job.orderId));
  if (isHeld) {
    return { rows: inPlace, waiting: fresh.filter((row) => row.gone === null).length };
  }
  if (fresh.length === 0 && shown.length === there.length) return { rows: inPlace, waiting: 0 };
  const rows = [...there].sort((a, b) => metersOf(a.job) - metersOf(b.job));
  return { rows, waiting: 0 };
}
