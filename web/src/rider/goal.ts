// Which job in hand comes first, and where it leads.

import { signal } from "@preact/signals";
import type { Job } from "../contract";
import { metersBetween } from "../core/geometry";
import { stageOf } from "../core/jobs";
import { mine, position } from "./jobs";

/** The job that the rider goes for first, of those in hand; else the first. */
export const preferred = signal<string | null>(null);

/** The job whose next step is the one big button. */
export function currentJob(): Job | null {
  return mine.value.find((job) => job.orderId === preferred.value) ?? mine.value[0] ?? null;
}

/** Where a job leads next, and how far that is from here. */
export function goalOf(job: Job) {
  const isCarried = stageOf(job) === "pickedUp";
  const place = isCarried ? job.dropoff : job.store;
  const name = isCarried ? (job.dropoff.address ?? job.dropoff.area) : job.store.name;
  const left = position.value ? metersBetween(position.value, place) : null;
  return { isCarried, name, leftMeters: left };
}
