// Riders, as the board hears of them beside its tickets: how far the one who comes still has to
// go, and how many could come while nobody does.

import { signal } from "@preact/signals";
import type { RiderDistance, RidersNear, StoreSnapshot, Ticket } from "../contract";

/** Of older orders nobody comes any more. */
const KEPT_MAX = 50;

const distances = signal<ReadonlyMap<string, RiderDistance>>(new Map());
const counts = signal<ReadonlyMap<string, RidersNear>>(new Map());

export function restartRiders({ riderDistances, ridersNear }: StoreSnapshot): void {
  distances.value = new Map(riderDistances.map((one) => [one.orderId, one]));
  counts.value = new Map(ridersNear.map((one) => [one.orderId, one]));
}

export function takeDistance(distance: RiderDistance): void {
  distances.value = withLatest(distances.value, distance);
}

export function takeCount(count: RidersNear): void {
  counts.value = withLatest(counts.value, count);
}

/** Where the rider of a ticket was last; `null` until they have said so since they took it. */
export function distanceOf({ orderId, rider }: Ticket): RiderDistance | null {
  const known = distances.value.get(orderId);
  return known !== undefined && known.riderId === rider?.id ? known : null;
}

/** How many riders could take a job now, if that is known. */
export function ridersNear({ orderId }: Ticket): number | null {
  return counts.value.get(orderId)?.count ?? null;
}

function withLatest<T extends { orderId: string }>(
  known: ReadonlyMap<string, T>,
  one: T,
): ReadonlyMap<string, T> {
  return new Map([...known, [one.orderId, one] as const].slice(-KEPT_MAX));
}
