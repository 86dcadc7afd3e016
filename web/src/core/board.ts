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

/** Seconds each column may take when the ticket itself names no instant. */
const TARGET_SECONDS: Record<Column, number> = {
  PLACED: 180,
  ACCEPTED: 300,
  COOKING: 900,
  COOKED: 600,
};

/** How a ticket stands against its time: by the instant it is due, else by the column's target. */
export function paceOf(ticket: Ticket, nowMs: number): Pace {
  const column = columnOf(ticket.state);
  if (column === null) return "fine";
  const due = column === "PLACED" ? ticket.acceptBy : ticket.cookDueAt;
  const left = column === "COOKED" ? null : secondsUntil(due, nowMs);
  const age = secondsSince(ticket.placedAt, nowMs) ?? 0;
  // Waiting for a rider is measured from when the food should have been ready.
  const waited = column === "COOKED" ? (secondsSince(ticket.cookDueAt, nowMs) ?? 0) : age;
  const whole = left === null ? TARGET_SECONDS[column] : age + left;
  if (waited >= whole) return "late";
  return waited >= whole * DUE_SHARE ? "due" : "fine";
}

export function columnOf(state: StateName): Column | null {
  return (COLUMNS as readonly string[]).includes(state) ? (state as Column) : null;
}
