// The states of board, feed and operator's view that only use brings about: for everybody, in both
// themes, and as narrow as a phone can be.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { dress, faultsOf } from "./audit";
import { poisonFeed } from "./poison";
import { wireOf } from "./wire";
import { expect, test } from "./world";

const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

// Each state is read twice by a machine that reads slowly.
test.describe.configure({ timeout: 300_000 });

/** No fault in either theme, and no sideways scrolling at 320 px in either language. */
async function isForEverybody(page: Page, state: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await dress(page, colorScheme);
    const reader = new AxeBuilder({ page }).withTags(RULES);
    // What lies behind a dialog was read before it opened.
    if ((await page.getByRole("dialog").count()) > 0) reader.include("dialog");
    expect(await faultsOf(reader), `${state}, ${colorScheme}`).toEqual([]);
    await test.info().attach(`${state} ${colorScheme}`, {
      body: await page.screenshot(),
      contentType: "image/png",
    });
  }
  const wide = page.viewportSize() ?? { width: 412, height: 900 };
  await page.setViewportSize({ width: 320, height: 640 });
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess, `${state} at 320 px`).toBeLessThanOrEqual(0);
  await page.setViewportSize(wide);
}

test("a full board, its dialogs and its silence", async ({ world }) => {
  const kitchen = await world.kitchen();
  const orders = [];
  for (let n = 0; n < 5; n++) orders.push((await world.orders()).order);
  const [waiting, cooking, accepted, canceled] = orders;
  if (!waiting || !cooking || !accepted || !canceled) throw new Error("nobody has ordered");
  await world.kitchenDoes(waiting, "received", "accept", "startCook", "finishCook");
  await world.kitchenDoes(cooking, "received", "accept", "startCook");
  await world.kitchenDoes(accepted, "received", "accept");
  const cancel = `/orders/${canceled.id}/cancel`;
  await world.asks("customer", world.customerId, cancel, { method: "PUT" });
  await expect(kitchen.getByRole("button", { name: "확인했어요" })).toBeVisible();
  await isForEverybody(kitchen, "board, silent");
  await kitchen.getByRole("button", { name: "알림음 켜기" }).click();
  await isForEverybody(kitchen, "board");

  const dialog = kitchen.getByRole("dialog");
  await kitchen.getByRole("button", { name: "거절", exact: true }).click();
  await expect(dialog.getByRole("button", { name: "재료 소진" })).toBeVisible();
  await isForEverybody(kitchen, "rejecting");
  await kitchen.keyboard.press("Escape");
  await kitchen
    .getByRole("button", { name: /늦추기 또는 취소/ })
    .first()
    .click();
  await expect(dialog.getByRole("button", { name: "+5분" })).toBeVisible();
  await isForEverybody(kitchen, "delaying");
  await kitchen.keyboard.press("Escape");
  await kitchen.getByRole("button", { name: "품절 관리" }).click();
  await expect(dialog.getByRole("switch").first()).toBeVisible();
  await isForEverybody(kitchen, "sold out");
  await kitchen.keyboard.press("Escape");
  await kitchen.getByRole("button", { name: "주문판 설정과 단축키" }).click();
  await expect(dialog.getByRole("switch").first()).toBeVisible();
  await isForEverybody(kitchen, "settings");
  await kitchen.keyboard.press("Escape");
  await kitchen.getByRole("button", { name: "잠시 멈춤" }).click();
  await expect(kitchen.getByRole("button", { name: "주문 다시 받기" })).toBeVisible();
  await kitchen.getByRole("button", { name: "Switch to English" }).click();
  await expect(kitchen.getByText("New orders are paused")).toBeVisible();
  await isForEverybody(kitchen, "paused, in English");
});

test("a board and an operator's screen whose line is down, and what changed meanwhile", async ({
  world,
}) => {
  const { order } = await world.orders();
  const kitchen = await world.kitchen();
  const operator = await world.operator();
  for (const [name, page] of [
    ["board", kitchen],
    ["operator", operator],
  ] as const) {
    await page.clock.install();
    const { cut, mend } = await wireOf(page);
    const line = page.getByTestId("line");
    await cut();
    await expect(line).toHaveText("다시 연결하는 중");
    await isForEverybody(page, `${name}, reconnecting`);
    await page.clock.fastForward(20_000);
    await expect(line).toHaveText("연결이 끊겼어요");
    await expect(page.getByText("기준 화면이에요")).toBeVisible();
    await isForEverybody(page, `${name}, stale`);
    if (page === kitchen) await world.kitchenDoes(order, "received", "accept");
    mend();
    await page.getByRole("button", { name: "지금 다시 연결" }).click();
    await expect(line).not.toHaveText("연결이 끊겼어요");
  }
});

test("a feed with jobs, a job in hand, its dialog and the glance", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  await world.hasCooked();
  const { order } = await world.orders();
  await world.kitchenDoes(order, "received", "accept", "startCook");
  const row = rider.getByRole("button", { name: `${world.store.name} →` });
  await expect(row).toHaveCount(2);
  await isForEverybody(rider, "feed");
  await row.and(rider.locator(":enabled")).first().click();
  await rider.getByRole("button", { name: `${world.store.name} 배달 잡기`, exact: true }).click();
  await expect(rider.getByRole("button", { name: "픽업했어요" })).toBeVisible();
  await isForEverybody(rider, "job in hand");
  await rider.getByRole("button", { name: "문제 신고 · 배차 취소" }).click();
  await expect(rider.getByRole("button", { name: "사고가 났어요" })).toBeVisible();
  await isForEverybody(rider, "help");
  await rider.keyboard.press("Escape");
  await rider.getByRole("button", { name: "픽업했어요" }).click();
  await expect(rider.getByRole("button", { name: "배달 완료" })).toBeVisible();
  await isForEverybody(rider, "on the way");
  await rider.getByRole("button", { name: "Switch to English" }).click();
  await expect(rider.getByRole("button", { name: "Delivered" })).toBeVisible();
  await isForEverybody(rider, "on the way, in English");

  let lat = 37.553;
  await expect(async () => {
    lat += 0.0002;
    await rider.context().setGeolocation({ latitude: lat, longitude: 126.9105, accuracy: 3 });
    await rider.waitForTimeout(900);
    const glance = rider.getByRole("region", { name: "Screen while riding" });
    await expect(glance).toBeVisible({ timeout: 100 });
  }).toPass();
  await isForEverybody(rider, "glance");
});

test("an order's saga and stepping into it", async ({ world }) => {
  const operator = await world.operator();
  const { order } = await world.orders();
  await world.kitchenDoes(order, "received", "accept");
  const list = operator.getByRole("region", { name: "최근 주문" });
  await list.getByRole("button", { name: world.store.name }).click();
  await expect(operator.getByRole("region", { name: /기록$/ }).getByRole("list")).toBeVisible();
  await poisonFeed(order.id);
  const retryAll = operator.getByRole("button", { name: /모두 다시 처리/ });
  await expect(retryAll).toBeVisible();
  await isForEverybody(operator, "saga");
  await operator.getByRole("button", { name: "강제 취소" }).click();
  await expect(operator.getByRole("dialog")).toBeVisible();
  await isForEverybody(operator, "stepping in");
  await operator.keyboard.press("Escape");
  await retryAll.click();
  await expect(operator.getByRole("region", { name: /처리하지 못한/ })).toHaveCount(0);
  await operator.getByRole("button", { name: "Switch to English" }).click();
  await expect(operator.getByRole("heading", { name: "Recent orders" })).toBeVisible();
  await isForEverybody(operator, "saga, in English");
});
