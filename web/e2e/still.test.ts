// Nothing moves under a finger while a screen comes up: what is still to come has its room already.

import type { Browser, BrowserContextOptions, Frame } from "@playwright/test";
import { openCity } from "./startCity";
import { expect, test } from "./world";

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

// What is late comes first on this screen, and pushes the rest down: nobody knows how much it is.
test("an operator's does not either, while nothing is late", async ({ browser }) => {
  const city = await openCity(["--people", "0", "--speed", "1"]);
  try {
    await staysStill(browser, `${city.url}/operator?as=o-1`, {});
  } finally {
    await city.close();
  }
});

async function staysStill(browser: Browser, url: string, options: BrowserContextOptions) {
  for (const viewport of SIZES) {
    const moved = await movedIn(browser, url, { ...options, viewport });
    expect.soft(moved, `${url} at ${viewport.width} px`).toBeLessThan(MOVED_MAX);
  }
}
