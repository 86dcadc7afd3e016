// The Centrifuge client as signals: the state of the line, the hub's time, and subscriptions that
// hand over a snapshot and then news. What the news mean is the screens' business.

import { computed, signal } from "@preact/signals";
import {
  Centrifuge,
  State,
  type Subscription,
  subscribingCodes,
  UnauthorizedError,
} from "centrifuge";
import type { ConnectData } from "./contract";
import { ServerClock, secondsSince } from "./core/clock";
import {
  type ConnectionState,
  connectionState,
  isCurrent,
  type Line,
  mayAct,
} from "./core/connection";
import { sightingsIn } from "./core/sightings";
import { OUTLINED_SECONDS } from "./core/thresholds";
import { canRenew, settings, token } from "./identity";

/** Why a subscription asks: because we said so, and not because it lost something. */
const SUBSCRIBE_CALLED = subscribingCodes.subscribeCalled;

const clock = new ServerClock();

const line = signal<Line>({
  up: false,
  online: navigator.onLine,
  downSinceMs: null,
  wasUp: false,
  refused: false,
  caughtUpAtMs: null,
  outdated: false,
});
const localNow = signal(Date.now());

/** The hub's time in milliseconds, stepping once a second; what every timer on a screen reads. */
export const serverNow = signal(clock.at(Date.now()));

/** The hub's time in milliseconds, at this very moment. */
export function hubTime(): number {
  return clock.at(Date.now());
}

/** Up to when the screen knows everything while the line is down, in the hub's time. */
export const knownUntil = computed(() =>
  line.value.downSinceMs === null ? null : clock.at(line.value.downSinceMs),
);

/** How many things that happened during the last break are on the screen. */
export const missedCount = signal(0);

/** What has been counted: an order's news may come over several channels. */
const missed = new Set<string>();

const NONE: ReadonlySet<string> = new Set();
const changed = signal<ReadonlySet<string>>(NONE);

/** The orders that changed during the last break, while the screen points at them. */
export const outlined = computed(() => {
  const { caughtUpAtMs } = line.value;
  const isNews = caughtUpAtMs !== null && localNow.value - caughtUpAtMs < OUTLINED_SECONDS * 1000;
  return isNews ? changed.value : NONE;
});

export const connection = computed<ConnectionState>(() =>
  connectionState(line.value, localNow.value),
);

/** Whether the screen knows all that the hub does. */
export const isUpToDate = computed(() => isCurrent(connection.value));

/** Whether buttons that command something may be pressed. */
export const canAct = computed(() => mayAct(connection.value));

let client: Centrifuge | null = null;

const followed = new Set<Subscription>();

/** Those that have yet to be answered since the line was down: what they would bring is missing. */
const awaited = new Set<Subscription>();

let overheard: ((channel: string, data: unknown) => void) | null = null;

/** Hears everything that channels bring, for whoever keeps count of it; see shell/witness.ts. */
export function overhear(listener: (channel: string, data: unknown) => void): void {
  overheard = listener;
}

let looksAgain: (() => void) | null = null;

/** What to do each time the line is back after a break: the hub may be another by then. */
export function onReturn(look: () => void): void {
  looksAgain = look;
}

/** Says on the screen that the hub has a newer one. */
export function markOutdated(): void {
  amend({ outdated: true });
}

function amend(part: Partial<Line>): void {
  line.value = { ...line.value, ...part };
  tick();
}

function tick(): void {
  localNow.value = Date.now();
  serverNow.value = clock.at(Date.now());
}

/** Opens the socket, once it is known who is looking; again after somebody else signed in. */
export function connect(): void {
  if (client === null) followTimeAndNetwork();
  // It may have changed since this file was read, when nobody was listening yet.
  amend({ online: navigator.onLine });
  client?.disconnect();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  client = new Centrifuge(`${scheme}://${location.host}/connection/websocket`, {
    getToken: tokenForSocket,
    name: "web",
    version: settings().version,
  });
  client.on("connecting", lose);
  client.on("connected", ({ data }) => {
    clock.restart();
    clock.learn((data as ConnectData | undefined)?.serverTime, Date.now());
    missed.clear();
    missedCount.value = 0;
    changed.value = NONE;
    settle();
  });
  client.on("disconnected", () => {
    amend({ up: false, refused: true, downSinceMs: line.value.downSinceMs ?? Date.now() });
  });
  client.connect();
}

function lose(): void {
  if (line.value.downSinceMs === null) amend({ up: false, downSinceMs: Date.now() });
}

/** The line is up once everything that is followed has been answered over it: a hub may be there
 * and not able to say yet what was missed. */
function settle(): void {
  const isConnected = client?.state === State.Connected;
  const isWhole = followed.size > 0 && awaited.size === 0;
  if (!isConnected || !isWhole || line.value.up) return;
  const again = line.value.wasUp;
  amend({
    up: true,
    wasUp: true,
    downSinceMs: null,
    refused: false,
    caughtUpAtMs: again ? Date.now() : null,
  });
  if (again) looksAgain?.();
}

function followTimeAndNetwork(): void {
  addEventListener("online", () => {
    amend({ online: true });
    reconnectNow();
  });
  addEventListener("offline", () => amend({ online: false }));
  setInterval(tick, 1000);
}

async function tokenForSocket(): Promise<string> {
  try {
    // Asked for only when there is none yet or the one in use was refused, so never a kept one.
    return await token(line.value.wasUp);
  } catch (cause) {
    // With development tokens the hub itself may be away; anything else is final.
    if (canRenew()) throw cause;
    throw new UnauthorizedError(String(cause));
  }
}

/** Tries at once instead of waiting for the next attempt. */
export function reconnectNow(): void {
  if (client === null || line.value.up) return;
  client.disconnect();
  amend({ refused: false });
  client.connect();
}

/** Cuts the line for so long, as a bad network would; the way back is the ordinary one. */
export function cutLine(ms: number): void {
  const socket = client;
  if (socket === null || !line.value.up) return;
  socket.disconnect();
  amend({ refused: false });
  setTimeout(() => socket.connect(), ms);
}

export type Listener<Snapshot, News> = {
  /** Sent with the subscribe command. */
  data?: unknown;
  /** Whether a drop may be bridged by what was missed instead of a new snapshot. */
  recoverable: boolean;
  snapshot: (snapshot: Snapshot) => void;
  news: (news: News) => void;
  /**
   * The hub has begun another epoch: Redis may have lost some of what is held here, and a snapshot
   * that follows counts even where its versions are lower.
   */
  forget?: () => void;
  /** The hub refused the subscription for good. */
  refused?: (code: number) => void;
};

/** Follows a channel until the returned function is called. */
export function follow<Snapshot, News>(
  channel: string,
  listener: Listener<Snapshot, News>,
): () => void {
  const socket = client;
  if (socket === null) throw new Error("followed a channel before connecting");
  // A component that is replaced by its like leaves and comes back within one tick.
  const old = socket.getSubscription(channel);
  if (old) drop(socket, old);

  const subscription = socket.newSubscription(channel, {
    recoverable: listener.recoverable,
    ...(listener.data === undefined ? {} : { data: listener.data }),
  });
  followed.add(subscription);
  // What is opened on a line that is up has nothing on the screen yet that could be old.
  if (!line.value.up) awaited.add(subscription);
  let recovered = false;
  let epoch: string | undefined;
  subscription.on("subscribing", ({ code }) => {
    if (code === SUBSCRIBE_CALLED) return;
    awaited.add(subscription);
    lose();
  });
  subscription.on("subscribed", (context) => {
    recovered = context.recovered;
    const begun = context.streamPosition?.epoch;
    if (epoch !== undefined && begun !== epoch) listener.forget?.();
    epoch = begun;
    // A recovered subscription may come without a snapshot: what we hold plus what follows is it.
    if (context.data) {
      overheard?.(channel, context.data);
      listener.snapshot(context.data as Snapshot);
    }
    awaited.delete(subscription);
    // What was missed is told in between.
    queueMicrotask(() => {
      recovered = false;
      settle();
    });
  });
  subscription.on("publication", ({ data }) => {
    if (recovered) countMissed(data);
    clock.learn((data as { serverTime?: string }).serverTime, Date.now());
    overheard?.(channel, data);
    listener.news(data as News);
  });
  subscription.on("unsubscribed", ({ code }) => {
    awaited.delete(subscription);
    settle();
    if (code !== 0) listener.refused?.(code);
  });
  subscription.subscribe();
  return () => drop(socket, subscription);
}

function countMissed(data: unknown): void {
  const sightings = sightingsIn(data);
  for (const { id, version } of sightings) missed.add(`${id} ${version}`);
  missedCount.value = missed.size;
  changed.value = new Set([...changed.value, ...sightings.map(({ id }) => id)]);
}

function drop(socket: Centrifuge, subscription: Subscription): void {
  followed.delete(subscription);
  subscription.unsubscribe();
  socket.removeSubscription(subscription);
}

/** Seconds since an instant of the hub, for "12 seconds ago". */
export function ageSeconds(instant: string | null | undefined): number | null {
  return secondsSince(instant, serverNow.value);
}
