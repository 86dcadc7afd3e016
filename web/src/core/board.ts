// The store's board: which column a ticket stands in, and how late it is.

import type { StateName, Ticket } from "../contract";
import { secondsSince, secondsUntil } from "./clock";
import { DUE_SHARE } from "./thresholds";

export const COLUMNS = ["PLACED", "ACCEPTED", "COOKING", "COOKED"] as const;
export type Column = (typeof COLUMNS)[number];

/** The tickets of one column, oldest first. */
export function ticketsIn(column: Column, tickets: Iterable<Ticket>): Ticket[] {
  return [...tickets].filter((ticket) => ticket.state === column).sort(byAge);
}

/** Tickets that were called off and nobody here has seen it yet. */
export function struck(tickets: Iterable<Ticket>): Ticket[] {
  return [...tickets].filter((ticket) => ticket.toAcknowledge).sort(byAge);
}

/** The ticket whose last step was taken most recently and may still be taken back. */
export function undoable(tickets: Iterable<Ticket>, nowMs: number): Ticket | null {
  const open = [...tickets].filter(({ undoUntil }) => (secondsUntil(undoUntil, nowMs) ?? 0) > 0);
  open.sort((a, b) => (b.undoUntil ?? "").localeCompare(a.undoUntil ?? ""));
  return open[0] ?? null;
}

function byAge(a: Ticket, b: Ticket): number {
  return a.placedAt.localeCompare(b.placedAt) || a.number - b.number;
}

export type Pace = "fine" | "due" | "late";

export type Targets = Record<Column, number>;

/** Minutes a ticket may stand in each column, unless the store chose others. */
export const TARGET_MINUTES: Targets = { PLACED: 3, ACCEPTED: 5, COOKING: 15, COOKED: 10 };

/**
 * How a ticket stands against its time: by the instant it is due, else by the column's target.
 * What was accepted has to be begun long before it is due, so there the sooner of the two counts.
 */
export function paceOf(ticket: Ticket, nowMs: number, targets: Targets = TARGET_MINUTES): Pace {
  const column = columnOf(ticket.state);
  if (column === null) return "fine";
  // Food waits for a rider from when one was first looked for.
  const since = column === "COOKED" ? (ticket.delivery.openedAt ?? ticket.cookDueAt) : null;
  const waited = secondsSince(since ?? ticket.placedAt, nowMs) ?? 0;
  const target = targets[column] * 60;
  const due = column === "PLACED" ? ticket.acceptBy : ticket.cookDueAt;
  const left = column === "COOKED" ? null : secondsUntil(due, nowMs);
  const untilDue = left === null ? target : waited + left;
  const whole = column === "ACCEPTED" ? Math.min(target, untilDue) : untilDue;
  if (waited >= whole) return "late";
  return waited >= whole * DUE_SHARE ? "due" : "fine";
}

export function columnOf(state: StateName): Column | null {
  return (COLUMNS as readonly string[]).includes(state) ? (state as Column) : null;
}
