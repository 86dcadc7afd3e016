// The board as the hub tells it, and the receipts it owes the hub.

import { computed, signal } from "@preact/signals";
import { put } from "../api";
import type { Store, StoreNews, StoreSnapshot, Ticket } from "../contract";
import { COLUMNS, struck, ticketsIn, undoable } from "../core/board";
import { type Book, enter, restart } from "../core/fold";
import { me } from "../identity";
import { follow, serverNow } from "../live";
import { isWatching } from "../shell/driver";
import { restartRiders, takeCount, takeDistance } from "./riders";

const book = signal<Book<Ticket>>(new Map());

/** The store itself; `null` until the hub has told. */
export const store = signal<Store | null>(null);

export const columns = computed(() =>
  COLUMNS.map((column) => ({ column, tickets: ticketsIn(column, book.value.values()) })),
);
export const struckTickets = computed(() => struck(book.value.values()));

/** New orders that nobody has answered: what the ring is a function of. */
export const unanswered = computed(() => columns.value[0]?.tickets ?? []);

/** The ticket whose last step may still be taken back; the same on every tablet of the store. */
export const lastStep = computed(() => undoable(book.value.values(), serverNow.value));

/** Whether this screen works the board, or only watches the city do it. */
export const isWorking = computed(() => !isWatching.value);

const receipted = new Set<string>();

export function take(ticket: Ticket): void {
  book.value = enter(book.value, ticket.orderId, ticket);
  receipt(ticket);
}

/** The ticket of an order as it is known here. */
export function ticketOf(orderId: string): Ticket | null {
  return book.value.get(orderId) ?? null;
}

/** Follows this store's board. */
export function followBoard(): () => void {
  return follow<StoreSnapshot, StoreNews>(`store:${me().id}`, {
    recoverable: true,
    snapshot: (snapshot) => {
      store.value = snapshot.store;
      book.value = restart(book.value, snapshot.tickets, (ticket) => ticket.orderId);
      restartRiders(snapshot);
      for (const ticket of snapshot.tickets) receipt(ticket);
    },
    forget: () => {
      book.value = new Map();
      receipted.clear();
    },
    news: (news) => {
      if (news.type === "store") store.value = news.store;
      else if (news.type === "ticket") take(news.ticket);
      else if (news.type === "riderDistance") takeDistance(news);
      else if (news.type === "ridersNear") takeCount(news);
    },
  });
}

/** Tells the hub that this board really shows the order; that starts the clock for accepting. */
function receipt(ticket: Ticket): void {
  if (ticket.state !== "PLACED" || receipted.has(ticket.orderId)) return;
  receipted.add(ticket.orderId);
  put(`/storeOrders/${ticket.orderId}/received`).catch(() => {
    // Nobody to tell; the next view of this ticket tries again.
    receipted.delete(ticket.orderId);
  });
}

/** Stops or lets in new orders. */
export async function pause(isPaused: boolean): Promise<void> {
  store.value = await put<Store>(`/stores/${me().id}/${isPaused ? "pause" : "resume"}`);
}

/** Says that something on the menu has run out, or is there again. */
export async function putSoldOut(menuId: string, soldOut: boolean): Promise<void> {
  const known = store.value;
  if (known === null) return;
  const menu = known.menu.map((item) => (item.id === menuId ? { ...item, soldOut } : item));
  store.value = await put<Store>(`/stores/${known.id}`, { ...known, menu });
}
