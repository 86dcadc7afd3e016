// The rider's own jobs and the feed of those nearby, and what the rider commands.

import { computed, effect, signal } from "@preact/signals";
import { ask, put, Refused } from "../api";
import type { Job, NearbyNews, NearbySnapshot, Rider, RiderNews, RiderSnapshot } from "../contract";
import { type Book, enter, restart } from "../core/fold";
import { type Point, pointOf } from "../core/geometry";
import { type Row, rowsOf, stageOf, swept, withJob, withoutJob } from "../core/jobs";
import { me } from "../identity";
import { follow, serverNow } from "../live";
import { isWatching } from "../shell/driver";
import { fix, forgetSent, report } from "./position";

export const RADII_METERS = [1000, 1500, 3000, 7000] as const;

export const rider = signal<Rider | null>(null);
export const radiusMeters = signal<number>(3000);

/** The feed; `null` until the first snapshot. */
export const rows = signal<readonly Row[] | null>(null);

const book = signal<Book<Job>>(new Map());

export const isOnline = computed(() => rider.value?.online ?? false);

/** Where the rider is: by this screen's own fix, or as the hub tells of one it does not move. */
export const position = computed<Point | null>(() => {
  const told = pointOf(rider.value);
  return isWatching.value ? told : (fix.value?.point ?? told);
});

/** My jobs under way: the one that was picked up comes first. */
export const mine = computed(() =>
  [...book.value.values()]
    .filter((job) => ["claimed", "pickedUp"].includes(stageOf(job)))
    .sort((a, b) => Number(stageOf(b) === "pickedUp") - Number(stageOf(a) === "pickedUp")),
);

/** The job that last came to its end, well or not, until the rider has read it. */
export const ended = signal<Job | null>(null);

function take(job: Job): void {
  const held = book.value.get(job.orderId);
  book.value = enter(book.value, job.orderId, job);
  const wasMine = held !== undefined && stageOf(held) !== "over";
  if (wasMine && stageOf(job) === "over") ended.value = job;
}

function goneFromFeed(orderId: string, reason: Parameters<typeof withoutJob>[2]): void {
  if (rows.value) rows.value = withoutJob(rows.value, orderId, reason, Date.now());
}

/** Follows this rider, the feed around them, and tells the hub where they are. */
export function followWork(): () => void {
  const ends = [
    effect(followMe),
    effect(followNearby),
    effect(() => {
      // Once a second, by the tick of the hub's time.
      if (serverNow.value > 0 && rows.peek()) rows.value = swept(rows.peek() ?? [], Date.now());
    }),
    effect(() => {
      if (serverNow.value > 0 && isOnline.value && !isWatching.value && fix.value) {
        void report((taken) => {
          rider.value = taken;
        });
      }
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Follows me and my jobs, whoever moves me. */
function followMe(): () => void {
  return follow<RiderSnapshot, RiderNews>(`rider:${me().id}`, {
    recoverable: true,
    snapshot: (snapshot) => {
      rider.value = snapshot.rider;
      book.value = restart(book.value, snapshot.jobs, (job) => job.orderId);
    },
    forget: () => {
      book.value = new Map();
    },
    news: (news) => {
      if (news.type === "job") take(news.job);
      else if (news.type === "rider") rider.value = news.rider;
    },
  });
}

const isPlaced = computed(() => position.value !== null);
const refusedTries = signal(0);

function followNearby(): (() => void) | undefined {
  if (!isOnline.value || !isPlaced.value) {
    rows.value = null;
    return;
  }
  const again = refusedTries.value;
  const at = position.peek();
  let retry: ReturnType<typeof setTimeout> | undefined;
  const leave = follow<NearbySnapshot, NearbyNews>("nearby", {
    data: { ...at, radiusMeters: radiusMeters.value },
    recoverable: false,
    snapshot: ({ jobs }) => {
      rows.value = rowsOf(jobs);
    },
    news: (news) => {
      if (news.type === "job") rows.value = withJob(rows.value ?? [], news.job);
      else if (news.type === "jobGone") {
        goneFromFeed(news.orderId, book.value.has(news.orderId) ? "mine" : news.reason);
      }
    },
    refused: () => {
      // The hub may not have heard yet that we are on duty.
      retry = setTimeout(() => {
        refusedTries.value = again + 1;
      }, 2000);
    },
  });
  return () => {
    clearTimeout(retry);
    leave();
  };
}

export async function goOnline(): Promise<void> {
  forgetSent();
  rider.value = await put<Rider>("/riders/me/online");
}

export async function goOffline(): Promise<void> {
  rider.value = await put<Rider>("/riders/me/offline");
}

/** The job that somebody else was faster to claim, until the next try. */
export const lost = signal<Job | null>(null);

/** Claims a job; a lost race is told in the row itself and beside the button. */
export async function claim(job: Job): Promise<void> {
  lost.value = null;
  try {
    take(await put<Job>(`/deliveries/${job.orderId}/claim`));
    goneFromFeed(job.orderId, "mine");
  } catch (failure) {
    if (failure instanceof Refused && failure.code === "taken") {
      goneFromFeed(job.orderId, "taken");
      lost.value = job;
      return;
    }
    throw failure;
  }
}

export async function step(job: Job, command: "pick" | "confirm"): Promise<void> {
  take(await put<Job>(`/deliveries/${job.orderId}/${command}`));
}

/** Gives a job back to the others, with a reason that operators read. */
export async function release(job: Job, reason: string): Promise<void> {
  take(await put<Job>(`/deliveries/${job.orderId}/release`, { reason }));
}

/** Asks operators for help with a job. */
export async function reportProblem(job: Job, reason: string): Promise<void> {
  await ask("POST", `/orders/${job.orderId}/problems`, { reason });
}
