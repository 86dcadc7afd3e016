// The customer at a desk: where there is room, things stand side by side.

import type { Locator } from "@playwright/test";
import { expect, test } from "./world";

async function leftOf(of: Locator): Promise<number> {
  return (await of.boundingBox())?.x ?? Number.NaN;
}

test("at a desk the map stands beside the order, and stores in two columns", async ({ world }) => {
  const { order: placed } = await world.orders();
  await world.tries(`${world.customerId}-other`);
  const customer = await world.customer();
  const stores = customer.getByRole("region", { name: "가까운 가게" }).getByRole("listitem");
  const columns = async () => new Set(await Promise.all((await stores.all()).map(leftOf))).size;
  await expect(stores.nth(1)).toBeVisible();
  expect(await columns()).toBe(1);
  await customer.setViewportSize({ width: 1280, height: 800 });
  expect(await columns()).toBe(2);

  await customer.getByRole("link", { name: new RegExp(`#${placed.number}`) }).click();
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  const map = order.locator("[data-map=ready]");
  const steps = order.getByRole("list", { name: "주문 진행 단계" });
  await expect(map).toBeVisible();
  const right = async () => (await leftOf(map)) > (await leftOf(steps)) + 300;
  expect(await right()).toBe(true);
  await expect(map).toBeInViewport();
  await customer.setViewportSize({ width: 412, height: 900 });
  await expect.poll(right).toBe(false);
});
