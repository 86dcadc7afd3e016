// A link for somebody without an account: what they see of a dinner, and what they never do.

import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import type { Order, Progress } from "../src/contract";
import { dress, faultsOf } from "./audit";
import { expect, test, type World } from "./world";

const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
/** Some 500 m from the store: far enough that a guest sees a rider who is there. */
const FAR_DEGREES = 0.0035;
/** Some 250 m from the door. */
const NEAR_DEGREES = 0.0018;
/** What a guest is never told: the address, the dish, its price. */
const SECRETS = /망원동|국물떡볶이|18,000|₩/;

/** Dinner at a door that is not around the corner. */
function far(world: World): Promise<Order> {
  const body = {
    storeId: world.store.id,
    items: [{ menuId: "m-1", quantity: 2, options: [] }],
    address: {
      text: "망원동 12길 3, 402호",
      lat: world.place.lat + FAR_DEGREES,
      lng: world.place.lng + FAR_DEGREES,
    },
    note: "",
    payment: { method: "card", token: "tok_ok" },
  };
  const init = { method: "POST", body, key: "far" };
  return world.asks<Order>("customer", world.customerId, "/orders", init);
}

/** Takes the link from the customer's screen, as it would be pasted. */
async function shares(world: World, order: Order): Promise<string> {
  const customer = await world.customer();
  await customer.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await customer.getByRole("link", { name: new RegExp(`#${order.number}`) }).click();
  await customer.getByRole("button", { name: "배달 현황 공유" }).click();
  await expect(customer.getByText(/링크를 복사했어요.*까지 볼 수 있어요/)).toBeVisible();
  return customer.evaluate(() => navigator.clipboard.readText());
}

async function opens(browser: Browser, link: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 412, height: 900 } });
  const page = await context.newPage();
  await page.goto(link);
  return page;
}

test("a guest follows dinner to the last street, and reads neither address nor dish", async ({
  browser,
  world,
}) => {
  const order = await far(world);
  const link = await shares(world, order);
  const guest = await opens(browser, link);
  // No server is told the token by opening the link, and so no log.
  const asked: string[] = [];
  guest.on("request", (request) => asked.push(request.url()));
  await guest.reload();
  await expect(guest.getByTestId("line")).toHaveText("실시간");
  expect(asked.filter((url) => url.includes("eyJ") && !url.includes("#"))).toEqual([]);

  const shown = guest.getByRole("article", { name: `주문 #${order.number}` });
  await expect(shown).toContainText("가게가 주문을 확인하고 있어요");
  await expect(shown).toContainText(world.store.name);
  await world.kitchenDoes(order, "received", "accept", "startCook", "finishCook");
  await expect(shown).toContainText("라이더를 찾고 있어요");
  await expect(shown.getByText(/도착 예정/)).toBeVisible();

  const asRider = (path: string, body: unknown = {}) =>
    world.asks("rider", world.riderId, path, { method: "PUT", body });
  await asRider("/riders/me/online");
  await asRider("/riders/me/location", world.place);
  await asRider(`/deliveries/${order.id}/claim`);
  await asRider(`/deliveries/${order.id}/pick`);
  await expect(shown).toContainText("배달시작됨");
  await expect(async () => {
    await asRider("/riders/me/location", world.place);
    await expect(shown.getByText(/라이더 위치/)).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(shown.getByTitle("라이더")).toBeVisible();
  expect(await guest.locator("body").innerText()).not.toMatch(SECRETS);

  const near = { lat: world.place.lat + NEAR_DEGREES, lng: world.place.lng + NEAR_DEGREES };
  await expect(async () => {
    // Taken once the ride has lasted as long as it must.
    await asRider("/riders/me/location", near);
    await expect(shown).toContainText("라이더가 거의 다 왔어요", { timeout: 1000 });
  }).toPass();
  await expect(shown.getByTitle("라이더")).toHaveCount(0);
  await asRider(`/deliveries/${order.id}/confirm`);
  await expect(shown).toContainText("배달이 끝났어요");
  await guest.getByRole("button", { name: "Switch to English" }).click();
  await expect(guest.getByRole("article")).toContainText("It has been delivered");
  expect(await guest.locator("body").innerText()).not.toMatch(SECRETS);
  await guest.context().close();
});

test("where nothing can be copied the link is there to be read", async ({ browser, world }) => {
  const { order } = await world.orders();
  const customer = await world.customer();
  await customer.context().clearPermissions();
  await customer.addInitScript(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined });
  });
  await customer.goto(`${world.url}/customer?as=${world.customerId}#/order/${order.id}`);
  await customer.reload();
  await customer.getByRole("button", { name: "배달 현황 공유" }).click();
  const field = customer.getByLabel(/이 링크를 복사해 보내 주세요/);
  const guest = await opens(browser, await field.inputValue());
  await expect(guest.getByRole("article")).toContainText(world.store.name);

  await world.asks("customer", world.customerId, `/orders/${order.id}/cancel`, { method: "PUT" });
  await expect(guest.getByRole("article")).toContainText("취소되어 배달되지 않아요");
  // Of an order that is over there is nothing more to share.
  await expect(customer.getByRole("button", { name: "배달 현황 공유" })).toHaveCount(0);
  await guest.context().close();
});

test("a link that is no good says so", async ({ browser, world }) => {
  const { order } = await world.orders();
  const { token } = await world.asks<{ token: string }>(
    "customer",
    world.customerId,
    `/orders/${order.id}/share`,
    { method: "POST" },
  );
  const [head, claims, signature = ""] = token.split(".");
  const turned = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  for (const [fragment, words] of [
    ["", "링크가 없거나"],
    ["#nonsense", "링크가 없거나"],
    [`#${await world.token("customer", world.customerId)}`, "링크가 없거나"],
    [`#${head}.${claims}.${turned}`, "볼 수 있는 주문이 없어요"],
  ]) {
    const guest = await opens(browser, `${world.url}/track${fragment}`);
    await expect(guest.getByText(words ?? "")).toBeVisible();
    await guest.context().close();
  }
});

test("the shared page can be used by everybody, by day, by night and at 320 px", async ({
  browser,
  world,
}) => {
  const order = await world.hasCooked();
  const path = `/orders/${order.id}/share`;
  const { token } = await world.asks<{ token: string }>("customer", world.customerId, path, {
    method: "POST",
  });
  const guest = await opens(browser, `${world.url}/track#${token}`);
  await expect(guest.locator("[data-map=ready]")).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await dress(guest, colorScheme);
    expect(await faultsOf(new AxeBuilder({ page: guest }).withTags(RULES))).toEqual([]);
  }
  await guest.setViewportSize({ width: 320, height: 640 });
  const excess = await guest.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess).toBeLessThanOrEqual(0);
  const asked = await fetch(`${world.url}/orders/${order.id}/progress`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(((await asked.json()) as Progress).state).toBe("COOKED");
  await guest.context().close();
});
