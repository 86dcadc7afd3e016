// The one line on a ticket that says when: until when to answer, to cook, or who comes for it.

import type { Ticket, TicketRider } from "../contract";
import type { Column } from "../core/board";
import { secondsSince, secondsUntil, stopwatch } from "../core/clock";
import { meters, timeOfDay } from "../core/formats";
import { DISTANCE_STALE_SECONDS } from "../core/thresholds";
import { language, say } from "../preferences";
import { distanceOf, ridersNear } from "./riders";
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

function riderFact(ticket: Ticket, nowMs: number): string {
  const { rider } = ticket;
  return rider === null ? searchFact(ticket, nowMs) : comingFact(rider, ticket, nowMs);
}

function comingFact(rider: TicketRider, ticket: Ticket, nowMs: number): string {
  const words = say(storeWords);
  const known = distanceOf(ticket);
  if (known === null) {
    const { id, distanceMeters } = rider;
    return distanceMeters === null
      ? words.assigned(id)
      : words.assignedFrom(id, meters(distanceMeters));
  }
  const coming = words.coming(rider.id, meters(known.distanceMeters));
  const age = secondsSince(known.at, nowMs) ?? 0;
  return age > DISTANCE_STALE_SECONDS ? `${coming} · ${words.seen(stopwatch(age))}` : coming;
}

function searchFact(ticket: Ticket, nowMs: number): string {
  const words = say(storeWords);
  const { ringMeters, openedAt } = ticket.delivery;
  const near = ridersNear(ticket);
  const waited = secondsSince(openedAt, nowMs);
  return [
    words.seeking(ringMeters === null ? null : meters(ringMeters)),
    near === null ? null : words.near(near),
    waited === null ? null : stopwatch(waited),
  ]
    .filter(Boolean)
    .join(" · ");
}
