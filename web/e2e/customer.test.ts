// The customer's own worries: paying twice, canceling too late, an address, a keyboard.

import type { Page } from "@playwright/test";
import type { Store } from "../src/contract";
import { choosesDinner, expect, pays, test, World } from "./world";

test("a lost answer and a reload make one order, not two", async ({ world }) => {
  const customer = await world.customer();
  await choosesDinner(customer, world);
  const keys: string[] = [];
  let isLost = true;
  await customer.route("**/orders", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    keys.push(route.request().headers()["idempotency-key"] ?? "");
    const answer = await route.fetch();
    // The hub has taken the order; the phone never hears of it.
    await (isLost ? route.abort() : route.fulfill({ response: answer }));
  });
  await pays(customer, "tok_ok");
  await expect(customer.getByRole("alert")).toContainText("다시 눌러도 한 번만 결제돼요");

  isLost = false;
  await customer.reload();
  await expect(customer.getByLabel("배달 주소", { exact: true })).toHaveValue(/망원동/);
  await pays(customer, "tok_ok");
  await expect(customer.getByRole("article", { name: /주문 #\d+/ })).toContainText("주문됨");
  expect(keys).toHaveLength(2);
  expect(keys[1]).toBe(keys[0]);

  await customer.getByRole("link", { name: "주문내역" }).click();
  await expect(customer.getByRole("main").getByRole("listitem")).toHaveCount(1);
  await expect(customer.getByRole("main").getByRole("listitem")).toContainText(world.store.name);
});

test("a cart says whose it is, and whoever empties it stays with that store", async ({
  world,
  browser,
}) => {
  const other = new World(
    browser,
    world.url,
    "아주 긴 이름을 가진 할머니의 손맛 그대로 시험 국밥집 본점",
  );
  await other.openStore();
  const customer = await world.customer();
  await customer.getByRole("link", { name: other.store.name }).click();
  await customer.getByRole("button", { name: "모둠튀김 담기" }).click();
  const whose = customer.getByRole("main").getByText(other.store.name, { exact: true });
  await expect(whose).toHaveCount(1);
  await customer.getByRole("link", { name: "‹ 가게" }).click();
  await customer.getByRole("link", { name: world.store.name }).click();
  await expect(customer.getByRole("heading", { name: world.store.name })).toBeVisible();
  await expect(whose).toHaveCount(1);

  await customer.getByRole("button", { name: /1개 · ₩6,500 주문하기/ }).click();
  await customer.getByRole("button", { name: /결제하고 주문/ }).click();
  await expect(customer.getByRole("alert")).toContainText("배달 주소를 입력해 주세요");
  await expect(customer.getByLabel("배달 주소", { exact: true })).toBeFocused();
  await customer.getByRole("button", { name: "모둠튀김 하나 빼기" }).click();
  await expect(customer.getByRole("heading", { name: other.store.name })).toBeVisible();
  await expect(customer.getByRole("button", { name: "모둠튀김 담기" })).toBeVisible();

  // However long the name of a store is, the number beside it is read at a glance.
  const { order } = await other.orders();
  const path = `/customer?as=${other.customerId}#/order/${order.id}`;
  await customer.goto("about:blank");
  await customer.goto(other.url + path);
  const number = customer.getByText(`#${order.number}`, { exact: true });
  await expect(number).toBeVisible();
  expect(await number.evaluate((text) => text.getClientRects().length)).toBe(1);
  const height = await number.evaluate((text) => text.getBoundingClientRect().height);
  expect(height).toBeLessThan(32);
});

test("the sum on the button is what is paid, whatever the store changes meanwhile", async ({
  world,
}) => {
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await expect(customer.getByRole("button", { name: "₩18,000 결제하고 주문" })).toBeEnabled();
  const path = `/stores/${world.store.id}`;
  const store = await world.asks<Store>("operator", "o-1", path);
  const menu = store.menu.map((item) => ({ ...item, priceWon: item.priceWon + 500 }));
  const changes = (body: Partial<Store>) =>
    world.asks("operator", "o-1", path, { method: "PUT", body: { ...store, menu, ...body } });
  await changes({ open: false });
  await customer.reload();
  const button = customer.getByRole("button", { name: "₩19,000 결제하고 주문" });
  await expect(button).toBeDisabled();
  await expect(customer.getByRole("alert")).toContainText("가게가 지금 주문을 받지 않아요");
  await changes({ open: true });
  // It is read again while the payment lies open.
  await expect(button).toBeEnabled({ timeout: 30_000 });
  await button.click();
  await expect(customer.getByRole("article", { name: /주문 #\d+/ })).toContainText("₩19,000");
});

test("two tabs have one cart, and what was paid in one is gone from the other", async ({
  world,
}) => {
  const customer = await world.customer();
  const beside = await customer.context().newPage();
  await beside.goto(`${world.url}/customer?as=${world.customerId}#/store/${world.store.id}`);
  const bar = beside.getByRole("button", { name: /주문하기$/ });
  await expect(beside.getByRole("button", { name: "국물떡볶이 담기" })).toBeVisible();
  await choosesDinner(customer, world);
  await expect(bar).toHaveText("2개 · ₩18,000 주문하기");
  await beside.getByRole("button", { name: "모둠튀김 담기" }).click();
  await customer.getByRole("button", { name: "₩24,500 결제하고 주문" }).click();
  await expect(customer.getByRole("article", { name: /주문 #\d+/ })).toContainText("₩24,500");
  await expect(bar).toHaveCount(0);
});

test("messages that could not be read are there as soon as they can be", async ({ world }) => {
  const customer = await world.customer();
  await customer.route("**/logs", (route) => route.abort());
  await customer.getByRole("link", { name: "알림" }).click();
  await expect(customer.getByRole("alert")).toContainText("서버에 닿지 못했어요");
  await customer.unroute("**/logs");
  await world.orders();
  const message = customer.getByRole("main").getByRole("listitem").first();
  await expect(message).toContainText(world.store.name);
  await expect(customer.getByRole("alert")).toHaveCount(0);
});

test("a cancel that the cook overtakes is settled in the dialog itself", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await kitchen.getByRole("button", { name: "접수 · 15분" }).click();
  await expect(order).toContainText("주문접수됨");
  await order.getByRole("button", { name: "주문 취소" }).click();
  await expect(customer.getByRole("dialog", { name: "주문을 취소할까요?" })).toBeVisible();

  await kitchen.getByRole("button", { name: "조리 시작" }).click();
  const settled = customer.getByRole("dialog", { name: "이제 취소할 수 없어요" });
  await expect(settled).toContainText("그 사이 조리가 시작되어");
  await settled.getByRole("button", { name: "알겠어요" }).click();
  await expect(settled).toHaveCount(0);
  await expect(order).toContainText("조리시작됨");
});

test("a later promise keeps the first one and says why", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await kitchen.getByRole("button", { name: "접수 · 15분" }).click();
  await expect(order).toContainText("처음 약속");
  const promised = (await order.getByText(/처음 약속/).textContent())?.match(/처음 약속 \S+ \S+/);
  await world.asStore(`/storeOrders/${await world.newestOrder()}/delay`, { minutes: 30 });
  const reasons = order.getByRole("list", { name: "도착 예정이 바뀐 이유" });
  await expect(reasons).toContainText("조리가 늦어졌어요");
  await expect(order).toContainText(promised?.[0] ?? "");
  await expect(customer).toHaveTitle(/주문접수됨/);
});

/** Goes on with the Tab key until what has this name is under it. */
async function tabsTo(page: Page, name: string | RegExp): Promise<void> {
  const wanted = page.locator(":focus").and(page.getByRole("button", { name }));
  const link = page.locator(":focus").and(page.getByRole("link", { name }));
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press("Tab");
    if ((await wanted.count()) + (await link.count()) > 0) return;
  }
  throw new Error(`${name} can't be reached with the Tab key`);
}

test("dinner is ordered and canceled without a pointer", async ({ world }) => {
  const customer = await world.customer();
  await expect(customer.getByRole("link", { name: world.store.name })).toBeVisible();
  // Many stores stand before this one in a town full of tests.
  await customer.getByRole("link", { name: world.store.name }).focus();
  await customer.keyboard.press("Enter");
  await tabsTo(customer, "모둠튀김 담기");
  await customer.keyboard.press("Enter");
  await tabsTo(customer, /주문하기/);
  await customer.keyboard.press("Enter");
  await customer.getByLabel("배달 주소", { exact: true }).focus();
  await customer.keyboard.type("망원동 12길 3");
  await tabsTo(customer, /결제하고 주문/);
  await customer.keyboard.press("Enter");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await expect(order).toContainText("주문됨");
  await tabsTo(customer, "주문 취소");
  await customer.keyboard.press("Enter");
  await tabsTo(customer, "취소하고 환불받기");
  await customer.keyboard.press("Enter");
  await expect(order).toContainText("주문이 취소됐어요");
});

test("the whole screen turns to English and stays so", async ({ world }) => {
  const customer = await world.customer();
  await customer.getByRole("button", { name: "Switch to English" }).click();
  await expect(customer.getByRole("heading", { name: "Stores near you" })).toBeVisible();
  await customer.reload();
  await expect(customer.getByRole("link", { name: "My orders" })).toBeVisible();
  await expect(customer.locator("html")).toHaveAttribute("lang", "en");
  const own = customer.locator("h1, h2, nav, [data-testid=line]");
  expect((await own.allTextContents()).join(" ")).not.toMatch(/[가-힣]/);
});

test("an evening of many orders is read page by page, the newest first", async ({ world }) => {
  test.slow();
  const numbers: number[] = [];
  for (let n = 0; n < 22; n += 1) numbers.unshift((await world.tries()).number);
  const customer = await world.customer();
  await customer.getByRole("link", { name: "주문내역" }).click();
  const rows = customer.getByRole("main").getByRole("listitem");
  await expect(rows).toHaveCount(20);
  // One that comes in between moves nothing to the second page, or twice onto the screen.
  await world.tries();
  await customer.getByRole("button", { name: "더 보기" }).click();
  await expect(rows).toHaveCount(22);
  const shown = await rows.allInnerTexts();
  const found = shown.map((text) => Number(text.match(/#(\d+)/)?.[1]));
  expect(found).toEqual(numbers);
  await expect(customer.getByRole("button", { name: "더 보기" })).toHaveCount(0);
});

test("whoever waits for a rider reads how many are near", async ({ world }) => {
  const { order: placed } = await world.orders();
  const customer = await world.customer();
  await customer.getByRole("link", { name: new RegExp(`#${placed.number}`) }).click();
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await world.kitchenDoes(placed, "received", "accept", "startCook", "finishCook");
  await expect(order).toContainText("조리가 끝나 라이더를 찾고 있어요");
  // Riders of other tests count for a minute after they are gone.
  await expect(order).toContainText(/가까운 라이더가 아직 없어요|가까운 라이더 \d+명/);
  await world.riderAtTheDoor();
  await expect(order).toContainText(/가까운 라이더 [1-9]\d*명/);
});

test("a menu that lies open tells what has sold out meanwhile", async ({ world }) => {
  const customer = await world.customer();
  await customer.clock.install();
  await customer.getByRole("link", { name: world.store.name }).click();
  const add = customer.getByRole("button", { name: "모둠튀김 담기" });
  await expect(add).toBeVisible();
  const path = `/stores/${world.store.id}`;
  const shown = await world.asks<Store>("store", world.store.id, path);
  const menu = shown.menu.map((item) => ({ ...item, soldOut: item.name === "모둠튀김" }));
  await world.asks("operator", "o-1", path, { method: "PUT", body: { ...shown, menu } });
  await customer.clock.fastForward(20_000);
  await expect(customer.getByText("품절")).toBeVisible();
  await expect(add).toHaveCount(0);
});
