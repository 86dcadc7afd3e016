// The town as its operator follows it: counters every second, where riders are, each store's board.

import { computed, signal } from "@preact/signals";
import { get } from "../api";
import type {
  Counters,
  OpsNews,
  OpsSnapshot,
  RidersMap,
  Store,
  StoreNews,
  StoreSnapshot,
  Ticket,
} from "../contract";
import { columnOf, paceOf } from "../core/board";
import { type Book, enter, restart } from "../core/fold";
import { NEIGHBOURHOOD } from "../core/geometry";
import { follow, hubTime, serverNow } from "../live";
import { readAgain } from "./orders";
import { beat, measure } from "./pulse";

/** A pin is a piece of the page; more than these make a phone stutter. */
export const RIDERS_SHOWN_MAX = 300;

export type Fleet = RidersMap & { atMs: number };

export const counters = signal<Counters | null>(null);

/** Where riders are; `null` until the hub has said so. */
export const fleet = signal<Fleet | null>(null);

export const stores = signal<readonly Store[] | null>(null);
const boards = signal<ReadonlyMap<string, Book<Ticket>>>(new Map());

export type Backlog = { store: Store; open: number; late: number };

/** What each store has in front of it. */
export const backlogs = computed<Backlog[]>(() =>
  (stores.value ?? []).map((store) => {
    const tickets = [...(boards.value.get(store.id)?.values() ?? [])];
    const open = tickets.filter((ticket) => columnOf(ticket.state) !== null);
    const late = open.filter((ticket) => paceOf(ticket, serverNow.value) === "late");
    return { store, open: open.length, late: late.length };
  }),
);

/** Follows all of it, until the returned function is called. */
export function followTown(): () => void {
  const ends: (() => void)[] = [];
  let isOver = false;
  ends.push(
    follow<OpsSnapshot, OpsNews>("ops", {
      recoverable: false,
      snapshot: (snapshot) => {
        takeCounters(snapshot.counters);
        takeRiders(snapshot);
      },
      news: (news) => {
        if (news.type === "counters") takeCounters(numbersOf(news));
        else if (news.type === "riders") takeRiders(news);
        else readAgain();
      },
    }),
  );
  void readStores().then((read) => {
    if (isOver) return;
    stores.value = read;
    ends.push(...read.map(followBoardOf));
  });
  return () => {
    isOver = true;
    for (const end of ends) end();
  };
}

function takeCounters(came: Counters): void {
  counters.value = came;
  beat(came);
  readAgain();
}

function takeRiders({ riders, total }: RidersMap): void {
  fleet.value = { riders, total, atMs: hubTime() };
}

function numbersOf(news: object): Counters {
  return Object.fromEntries(Object.entries(news).filter(([, value]) => typeof value === "number"));
}

async function readStores(): Promise<Store[]> {
  const { lat, lng } = NEIGHBOURHOOD;
  const answer = await get<{ stores: Store[] }>(`/stores?lat=${lat}&lng=${lng}`).catch(() => null);
  return answer?.stores ?? [];
}

/** The news of a board are also what ages are measured by: they come as soon as anything happens. */
function followBoardOf({ id }: Store): () => void {
  const amend = (change: (book: Book<Ticket>) => Book<Ticket>) => {
    boards.value = new Map(boards.value).set(id, change(boards.value.get(id) ?? new Map()));
  };
  return follow<StoreSnapshot, StoreNews>(`store:${id}`, {
    recoverable: true,
    snapshot: (snapshot) => {
      amend((book) => restart(book, snapshot.tickets, (ticket) => ticket.orderId));
      takeStore(snapshot.store);
    },
    forget: () => amend(() => new Map()),
    news: (news) => {
      if (news.type === "store") takeStore(news.store);
      if (news.type !== "ticket") return;
      measure(news.serverTime);
      amend((book) => enter(book, news.ticket.orderId, news.ticket));
    },
  });
}

function takeStore(store: Store): void {
  stores.value = (stores.value ?? []).map((held) => (held.id === store.id ? store : held));
}
