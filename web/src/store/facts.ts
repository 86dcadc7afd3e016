// The one line on a ticket that says when: until when to answer, to cook, or who comes for it.

import type { Ticket } from "../contract";
import type { Column } from "../core/board";
import { secondsSince, secondsUntil, stopwatch } from "../core/clock";
import { meters, timeOfDay } from "../core/formats";
import { language, say } from "../preferences";
import { storeWords } from "./words";

export function factOf(ticket: Ticket, column: Column, nowMs: number): string {
  const words = say(storeWords);
  switch (column) {
    case "PLACED": {
      const left = secondsUntil(ticket.acceptBy, nowMs);
      return left === null ? "" : words.autoCancel(stopwatch(left));
    }
    case "ACCEPTED":
    case "COOKING":
      return dueFact(ticket, nowMs);
    case "COOKED":
      return riderFact(ticket, nowMs);
  }
}

function dueFact({ cookDueAt }: Ticket, nowMs: number): string {
  const words = say(storeWords);
  const left = secondsUntil(cookDueAt, nowMs);
  if (cookDueAt === null || left === null) return "";
  const due = words.dueIn(timeOfDay(cookDueAt, language.value));
  return `${due} · ${left >= 0 ? words.left(stopwatch(left)) : words.over(stopwatch(-left))}`;
}

function riderFact({ rider, delivery }: Ticket, nowMs: number): string {
  const words = say(storeWords);
  if (rider !== null) {
    const { distanceMeters } = rider;
    return distanceMeters === null
      ? words.assigned(rider.id)
      : words.coming(meters(distanceMeters));
  }
  const ring = delivery.ringMeters === null ? null : meters(delivery.ringMeters);
  const waited = secondsSince(delivery.openedAt, nowMs);
  return waited === null ? words.seeking(ring) : `${words.seeking(ring)} · ${stopwatch(waited)}`;
}
