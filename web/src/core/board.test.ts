import { describe, expect, it } from "vitest";
import type { StateName, Ticket } from "../contract";
import { paceOf, struck, TARGET_MINUTES, ticketsIn, undoable } from "./board";

const NOON = Date.parse("2026-11-22T12:00:00.000Z");
const at = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();

function ticket(state: StateName, part: Partial<Ticket> = {}): Ticket {
  return {
    orderId: `o-${part.number ?? 1}`,
    number: 1,
    version: 1,
    state,
    label: "",
    items: [],
    note: "",
    totalWon: 0,
    placedAt: at(-60),
    acceptBy: null,
    cookDueAt: null,
    rider: null,
    delivery: { state: "NONE", ringMeters: null, openedAt: null },
    attention: null,
    toAcknowledge: false,
    reason: null,
    undoUntil: null,
    onBoard: true,
    ...part,
  };
}

describe("the last tap", () => {
  it("can be taken back until its instant, the newest one first", () => {
    const older = ticket("COOKING", { number: 1, undoUntil: at(2) });
    const newer = ticket("COOKED", { number: 2, undoUntil: at(8) });
    const over = ticket("COOKED", { number: 3, undoUntil: at(0) });
    expect(undoable([older, newer, over], NOON)).toBe(newer);
    expect(undoable([over], NOON)).toBeNull();
  });
});

describe("the board", () => {
  it("shows the oldest order of a column first", () => {
    const late = ticket("PLACED", { number: 2, placedAt: at(-10) });
    const early = ticket("PLACED", { number: 1, placedAt: at(-90) });
    const cooking = ticket("COOKING", { number: 3 });
    expect(ticketsIn("PLACED", [late, cooking, early])).toEqual([early, late]);
  });

  it("keeps a canceled ticket in sight until it was acknowledged", () => {
    const open = ticket("CANCELED", { toAcknowledge: true });
    expect(struck([open, ticket("CANCELED")])).toEqual([open]);
  });

  it("paces a ticket by the instant it is due", () => {
    const cook = (due: number) => ticket("COOKING", { placedAt: at(-600), cookDueAt: at(due) });
    expect(paceOf(cook(600), NOON)).toBe("fine");
    expect(paceOf(cook(100), NOON)).toBe("due");
    expect(paceOf(cook(-1), NOON)).toBe("late");
  });

  it("paces a new order by the time left to answer it", () => {
    const placed = (ago: number, left: number) =>
      ticket("PLACED", { placedAt: at(-ago), acceptBy: at(left) });
    expect(paceOf(placed(20, 160), NOON)).toBe("fine");
    expect(paceOf(placed(150, 30), NOON)).toBe("due");
    expect(paceOf(placed(181, -1), NOON)).toBe("late");
  });

  it("wants an accepted order begun within the column's target", () => {
    const accepted = (ago: number) =>
      ticket("ACCEPTED", { placedAt: at(-ago), cookDueAt: at(900 - ago) });
    const targets = { ...TARGET_MINUTES, ACCEPTED: 5 };
    expect(paceOf(accepted(200), NOON, targets)).toBe("fine");
    expect(paceOf(accepted(250), NOON, targets)).toBe("due");
    expect(paceOf(accepted(301), NOON, targets)).toBe("late");
    expect(paceOf(accepted(301), NOON, { ...targets, ACCEPTED: 10 })).toBe("fine");
  });

  it("lets food wait from when a rider was first looked for", () => {
    const waiting = (ago: number) =>
      ticket("COOKED", {
        cookDueAt: at(-3000),
        delivery: { state: "OPEN", ringMeters: 1500, openedAt: at(-ago) },
      });
    expect(paceOf(waiting(60), NOON)).toBe("fine");
    expect(paceOf(waiting(601), NOON)).toBe("late");
  });
});
