// Keeps the shell of the screens at hand: pages and their hashed files, never what the hub says.

type Fetching = Event & { request: Request; respondWith(answer: Promise<Response>): void };
type Touched = Event & {
  notification: { data?: { hash?: string }; close(): void };
  waitUntil(work: Promise<unknown>): void;
};
type Page = { url: string; focus(): Promise<Page>; postMessage(word: unknown): void };
type Lasting = Event & { waitUntil(work: Promise<unknown>): void };

declare const __BUILD__: string;

/** One shelf per build, so that a new one never meets the files of an old one. */
const SHELF = `shell-${__BUILD__}`;
/** Longer than this nobody looks at a white page; the kept one is shown instead. */
const PAGE_MS = 3000;
const PAGES = new Set(["/", "/customer", "/store", "/rider", "/operator", "/track"]);

const worker = self as unknown as {
  location: Location;
  clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window" }): Promise<Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: never) => void): void;
};

worker.addEventListener("install", () => void worker.skipWaiting());

worker.addEventListener("activate", (event: Lasting) => {
  event.waitUntil(clearOldShelves().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event: Fetching) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(hashed(request));
  // Who is looking stands behind the question mark; the page is the same for everybody.
  else if (PAGES.has(url.pathname)) event.respondWith(page(request, url.pathname));
});

worker.addEventListener("notificationclick", (event: Touched) => {
  const { notification } = event;
  notification.close();
  if (notification.data?.hash) event.waitUntil(open(notification.data.hash));
});

/** Shows that part of the customer's screen: on one that is open, or on another. */
async function open(hash: string): Promise<unknown> {
  const windows = await worker.clients.matchAll({ type: "window" });
  const customer = windows.find(({ url }) => new URL(url).pathname === "/customer");
  if (!customer) return worker.clients.openWindow(`/customer${hash}`);
  customer.postMessage({ kind: "open", hash });
  return customer.focus();
}

async function clearOldShelves(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("shell-") && name !== SHELF);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function hashed(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(SHELF)).put(request, answer.clone());
  return answer;
}

async function page(request: Request, path: string): Promise<Response> {
  const shelf = await caches.open(SHELF);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_MS) });
    if (answer.ok) await shelf.put(path, answer.clone());
    return answer;
  } catch (failure) {
    const kept = await shelf.match(path);
    if (kept) return kept;
    throw failure;
  }
}
