// Which view of the customer's screen is open, kept in the hash so that Back works.

import { signal } from "@preact/signals";

export type View = "stores" | "store" | "pay" | "order" | "history" | "alerts";
export type Route = { view: View; id: string };

const VIEWS: readonly string[] = ["stores", "store", "pay", "order", "history", "alerts"];

function read(): Route {
  const [view = "", id = ""] = location.hash.slice(2).split("/");
  return VIEWS.includes(view) ? { view: view as View, id } : { view: "stores", id: "" };
}

export const route = signal<Route>(read());

/** The address of a view, for links. */
export function to(view: View, id = ""): string {
  return id === "" ? `#/${view}` : `#/${view}/${id}`;
}

/** Opens a view; `replace` when Back should not lead here again. */
export function go(view: View, id = "", replace = false): void {
  if (replace) history.replaceState(null, "", to(view, id));
  else history.pushState(null, "", to(view, id));
  route.value = read();
  scrollTo(0, 0);
}

addEventListener("popstate", () => {
  route.value = read();
  scrollTo(0, 0);
});

// A notification was touched; see worker/sw.ts.
navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent) => {
  const word = data as { kind?: string; hash?: string };
  if (word.kind === "open" && word.hash) location.hash = word.hash;
});
