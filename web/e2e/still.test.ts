// Nothing moves under a finger while a screen comes up: what is still to come has its room already.

import type { Browser, BrowserContextOptions, Frame } from "@playwright/test";
import { openCity } from "./startCity";
import { expect, test, World } from "./world";

/** A line that wraps once its numbers have come; whatever jumps moves several times as much. */
const MOVED_MAX = 0.05;
const SIZES = [
  { width: 412, height: 900 },
  { width: 1280, height: 800 },
];

type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean };

/** Sums up what moves by itself, from before the first line of the page. */
function countShifts(): void {
  Object.assign(window, { moved: 0 });
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries() as Shift[]) {
      if (!shift.hadRecentInput) (window as unknown as { moved: number }).moved += shift.value;
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** Opens a page and waits until it is live, everything that it fetches has come, and is painted. */
async function movedIn(browser: Browser, url: string, options: BrowserContextOptions) {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.addInitScript(countShifts);
  await page.goto(url);
  const isStage = new URL(url).pathname === "/";
  const screens = () => page.frames().filter((frame) => isStage === (frame !== page.mainFrame()));
  const areLive = async () => {
    const asked = screens().map((frame) => frame.getByTestId("line").textContent());
    const words = await Promise.all(asked);
    return words.length > 0 && words.every((word) => word === "실시간");
  };
  // Four screens at once on a busy machine take a while.
  await expect.poll(areLive, { timeout: 60_000 }).toBe(true);
  await page.waitForLoadState("networkidle");
  const twoFrames = (frame: Frame) =>
    frame.evaluate(
      () =>
        new Promise<number>((seen) => {
          requestAnimationFrame(() =>
            requestAnimationFrame(() => seen((window as unknown as { moved: number }).moved)),
          );
        }),
    );
  const moved = await Promise.all(page.frames().map(twoFrames));
  await context.close();
  return Math.max(...moved);
}

test("no screen jumps while it comes up", async ({ browser, world }) => {
  test.slow();
  const { order } = await world.orders();
  await world.hasCooked();
  await world.asRider("/riders/me/online");
  const geolocation = { latitude: world.place.lat, longitude: world.place.lng, accuracy: 5 };
  const customer = `/customer?as=${world.customerId}`;
  for (const path of [
    "/",
    customer,
    `${customer}#/store/${world.store.id}`,
    `${customer}#/order/${order.id}`,
    `${customer}#/history`,
    `${customer}#/alerts`,
    `/store?as=${world.store.id}`,
    `/rider?as=${world.riderId}`,
  ]) {
    await staysStill(browser, world.url + path, { geolocation, permissions: ["geolocation"] });
  }
});

test("an operator's does not either, with nothing late and with much", async ({ browser }) => {
  test.slow();
  const city = await openCity(["--people", "0", "--speed", "20", "--accept-seconds", "180"]);
  const world = new World(browser, city.url);
  try {
    await staysStill(browser, `${city.url}/operator?as=o-1`, {});
    await world.openStore();
    await muchIsLate(world);
    await staysStill(browser, `${city.url}/operator?as=o-1`, {});
  } finally {
    await world.close();
    await city.close();
  }
});

/** A refund that does not come through, and a kitchen that has begun nothing of what it took. */
async function muchIsLate(world: World): Promise<void> {
  const { id } = await world.tries(world.customerId, "tok_refund_never");
  await world.asks("customer", world.customerId, `/orders/${id}/cancel`, { method: "PUT" });
  for (let n = 1; n <= 6; n++) {
    const { order } = await world.orders();
    await world.kitchenDoes(order, "received");
    await world.asStore(`/storeOrders/${order.id}/accept`, { cookMinutes: 5 });
  }
  const operator = await world.operator();
  const troubles = operator.getByRole("region", { name: /살펴볼 주문/ });
  const rows = troubles.getByRole("button", { name: world.store.name });
  await expect(rows.filter({ hasText: "환불을 해야 해요" })).toHaveCount(1, { timeout: 30_000 });
  await expect(rows.filter({ hasText: "조리 시작이 늦어요" })).toHaveCount(6, { timeout: 60_000 });
}

async function staysStill(browser: Browser, url: string, options: BrowserContextOptions) {
  for (const viewport of SIZES) {
    const moved = await movedIn(browser, url, { ...options, viewport });
    expect.soft(moved, `${url} at ${viewport.width} px`).toBeLessThan(MOVED_MAX);
  }
}
