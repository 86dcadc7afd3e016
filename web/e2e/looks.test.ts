// How the screens look, beside how they looked when somebody last looked at
// them: colours, sizes and places, which no other test sees. What differs each time is covered up.
// After a change that is meant: npm run e2e -- looks --update-snapshots, and look at the pictures.

import { execFileSync } from "node:child_process";
import {
  type Browser,
  type BrowserContextOptions,
  expect,
  type Locator,
  type Page,
  test,
} from "@playwright/test";
import type { Order } from "../src/contract";
import { openCity } from "./startCity";
import { World } from "./world";

/** The one that the stylesheet comes to where only Debian's Korean fonts are installed. */
const FONT = "Noto Sans CJK KR";
/** Edges of letters differ a little from one Chromium to the next; no box is as small as this. */
const DIFFERENT_MAX = { maxDiffPixelRatio: 0.003, threshold: 0.25 };
const THEMES = ["light", "dark"] as const;
const PHONE = { width: 412, height: 900 };

let city: Awaited<ReturnType<typeof openCity>>;
let saga: Order;
let isThere: () => Promise<unknown>;
const worlds: World[] = [];

test.use({ reducedMotion: "reduce" });

test.beforeAll(async ({ browser }) => {
  const fonts = execFileSync("fc-list", [FONT, "family"]).toString();
  expect(fonts, `${FONT} is installed (fonts-noto-cjk)`).not.toBe("");
  // In its own time nothing becomes late while it is looked at.
  city = await openCity(["--people", "0", "--speed", "1"]);
  const first = await dinnerTime(browser);
  saga = first.canceled;
  isThere = first.isThere;
});

test.afterAll(async () => {
  for (const world of worlds) await world.close();
  await city?.close();
});

/** One order at each step, one that was called off, and a rider on the way. */
async function dinnerTime(browser: Browser) {
  const world = new World(browser, city.url, "달빛분식");
  worlds.push(world);
  await world.openStore();
  const orders = [];
  for (let n = 0; n < 7; n++) orders.push((await world.orders()).order);
  const [claimed, open, cooking, accepted, canceled] = orders;
  if (!claimed || !open || !cooking || !accepted || !canceled) throw new Error("no orders");
  const cook = ["received", "accept", "startCook", "finishCook"];
  await world.kitchenDoes(claimed, ...cook);
  await world.kitchenDoes(open, ...cook);
  await world.kitchenDoes(cooking, ...cook.slice(0, 3));
  await world.kitchenDoes(accepted, ...cook.slice(0, 2));
  const cancel = `/orders/${canceled.id}/cancel`;
  await world.asks("customer", world.customerId, cancel, { method: "PUT" });
  await world.asRider("/riders/me/online");
  const away = { ...world.place, lat: world.place.lat + 0.003 };
  const isThere = () => world.asRider("/riders/me/location", away);
  await isThere();
  await world.asRider(`/deliveries/${claimed.id}/claim`);
  return { world, canceled, isThere };
}

async function open(
  browser: Browser,
  path: string,
  colorScheme: (typeof THEMES)[number],
  more: BrowserContextOptions = {},
) {
  const viewport = { width: 1280, height: 800 };
  // Our own pages take no style from elsewhere.
  const like = { viewport, colorScheme, reducedMotion: "reduce", bypassCSP: true } as const;
  const context = await browser.newContext({ ...like, ...more });
  const page = await context.newPage();
  await page.goto(city.url + path);
  await page.addStyleTag({ content: `* { font-family: "${FONT}" !important; }` });
  await expect(page.getByTestId("line")).toHaveText("실시간");
  return page;
}

/** Compares all but what differs each time. */
async function looksAsBefore(what: Page | Locator, name: string, mask: Locator[]) {
  const how = { ...DIFFERENT_MAX, mask, maskColor: "#808080" };
  if ("goto" in what) {
    // What was pressed last is not pointed at any more.
    await what.mouse.move(0, 0);
    await expect(what).toHaveScreenshot(`${name}.png`, how);
  } else await expect(what).toHaveScreenshot(`${name}.png`, how);
}

// First, while the town has no other orders.
for (const theme of THEMES) {
  test(`an operator's town looks as it did, ${theme}`, async ({ browser }) => {
    // Whoever has not been heard of for a minute is not on the map any more.
    await isThere();
    const page = await open(browser, "/operator?as=o-1", theme);
    const list = page.getByRole("region", { name: "최근 주문" });
    await list.getByRole("button", { name: `#${saga.number}` }).click();
    const log = page.getByRole("region", { name: /기록$/ });
    await expect(log.getByRole("listitem").filter({ hasText: "결제취소됨" })).toBeVisible();
    await expect(page.locator("[data-map=ready]")).toBeVisible();
    await expect(page.getByText("라이더 1명")).toBeVisible();
    await page.evaluate(() => scrollTo(0, 0));
    await looksAsBefore(page, `operator-${theme}`, [
      page.locator("dl"),
      page.getByRole("list", { name: "지금 동네" }),
      list.getByText(/₩18,000/),
      log.locator("time"),
      log.getByRole("button", { name: /^명령/ }),
    ]);
    await page.context().close();
  });
}

// The town has one job by now, and another one to come.
for (const theme of THEMES) {
  test(`a rider's feed and the job in hand look as they did, ${theme}`, async ({ browser }) => {
    const riderId = `r-${Date.now().toString(36)}`;
    const page = await open(browser, `/rider?as=${riderId}`, theme, {
      viewport: PHONE,
      geolocation: { latitude: 37.553, longitude: 126.9105, accuracy: 5 },
      permissions: ["geolocation"],
    });
    await page.getByRole("button", { name: "근무 시작" }).click();
    const map = page.locator("[data-map=ready]");
    await expect(map).toBeVisible();
    const changing = [map, page.getByText(/위치 보내는 중/)];
    const feed = page.getByRole("region", { name: "내 주변 2건" });
    await expect(feed.getByRole("button", { name: "달빛분식 →" })).toHaveCount(2);
    await expect(feed.getByRole("button", { pressed: true })).toHaveCount(1);
    const fact = (text: RegExp) => feed.getByText(text);
    await looksAsBefore(page, `feed-${theme}`, [...changing, fact(/조리 완료 예정/)]);

    // What the button says of itself is not meant until it has stood for a moment.
    await feed.getByRole("button", { pressed: true }).click();
    await page.getByRole("button", { name: "달빛분식 배달 잡기", exact: true }).click();
    await expect(page.getByRole("button", { name: "픽업했어요" })).toBeVisible();
    await page.evaluate(() => scrollTo(0, 0));
    await looksAsBefore(page, `job-${theme}`, changing);
    // As it was before, for whoever looks next.
    await page.getByRole("button", { name: "문제 신고 · 배차 취소" }).click();
    await page.getByRole("button", { name: "너무 멀어요" }).click();
    await expect(page.getByRole("region", { name: /내 배달/ })).toHaveCount(0);
    await page.getByRole("button", { name: "근무 끝내기" }).click();
    await expect(page.getByRole("button", { name: "근무 시작" })).toBeVisible();
    await page.context().close();
  });
}

for (const theme of THEMES) {
  test(`an order on its way looks as it did, ${theme}`, async ({ browser }) => {
    const world = new World(browser, city.url, "달빛분식");
    worlds.push(world);
    await world.openStore();
    const order = await world.hasCooked();
    const isHalfWay = () =>
      world.asRider("/riders/me/location", { lat: 37.554, lng: world.place.lng + 0.001 });
    await world.asRider("/riders/me/online");
    await world.asRider("/riders/me/location", world.place);
    await world.asRider(`/deliveries/${order.id}/claim`);
    await world.asRider(`/deliveries/${order.id}/pick`);
    const path = `/customer?as=${world.customerId}#/order/${order.id}`;
    const page = await open(browser, path, theme, { viewport: PHONE });
    const map = page.locator("[data-map=ready]");
    await expect(map).toBeVisible();
    await expect(async () => {
      // Told for as long as it takes to be believed.
      await isHalfWay();
      await expect(page.getByText("라이더가 140m 앞에 있어요")).toBeVisible({ timeout: 1000 });
    }).toPass();
    await looksAsBefore(page, `tracking-${theme}`, [
      map,
      page.getByText(/^오후|^오전/),
      page.getByText(/처음 약속/),
      page.getByText(/라이더 위치/),
    ]);
    await page.context().close();
  });
}

for (const theme of THEMES) {
  test(`a board looks as it did, ${theme}`, async ({ browser }) => {
    const { world } = await dinnerTime(browser);
    const page = await open(browser, `/store?as=${world.store.id}`, theme);
    const changing = [
      page.getByRole("timer"),
      page.getByText(/뒤 자동 취소|까지 · |라이더를 찾고|배정됨/),
      page.getByText(/^오늘 \d+건/),
    ];
    await expect(page.getByRole("article")).toHaveCount(6);
    await expect(page.getByText(/가까운 라이더/)).toBeVisible();
    await expect(page.getByRole("button", { name: /되돌리기/ })).toHaveCount(0);
    await looksAsBefore(page, `board-${theme}`, changing);
    await page.getByRole("button", { name: "거절", exact: true }).first().click();
    await expect(page.getByRole("button", { name: "재료 소진" })).toBeVisible();
    await looksAsBefore(page.getByRole("dialog"), `rejecting-${theme}`, []);
    await page.context().close();
  });
}
