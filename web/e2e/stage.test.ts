// The stage: four screens on one town, things broken on purpose, and the count of what was lost.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { dress, faultsOf } from "./audit";
import { expect, test, type World } from "./world";

async function stage(page: Page, world: World): Promise<Page> {
  await page.goto(world.url);
  for (const who of ["고객", "가게", "라이더", "운영"]) {
    await expect(page.frameLocator(`iframe[title="${who}"]`).getByTestId("line")).toHaveText(
      "실시간",
    );
  }
  return page;
}

test.use({ viewport: { width: 1440, height: 900 } });

test("things are broken on purpose, and what was missed comes back and is counted", async ({
  page,
  world,
}) => {
  await stage(page, world);
  const order = await world.ordersAs("c-1", "s-1");
  const customer = page.frameLocator('iframe[title="고객"]');
  await expect(customer.getByText("진행 중인 주문")).toBeVisible();
  await page.getByRole("button", { name: "내 연결 10초 끊기" }).click();
  await expect(customer.getByTestId("line")).toHaveText("다시 연결하는 중");
  await world.asStore(`/storeOrders/${order}/reject`, { reason: "CLOSING" }, "s-1");
  const result = page.getByRole("listitem").filter({ hasText: "끊김" });
  await expect(result.filter({ hasText: "가게" })).toContainText("잃음 0");
  const counted = await result.filter({ hasText: "고객" }).textContent();
  const [, missed, recovered] = counted?.match(/놓친 소식 (\d+) · 되찾음 (\d+) · 잃음 0/) ?? [];
  expect(Number(missed), counted ?? "").toBeGreaterThan(0);
  expect(recovered).toBe(missed);

  // Everybody comes back to a hub that was restarted.
  await page.getByRole("button", { name: "허브 재시작" }).click();
  await expect(result).toHaveCount(4, { timeout: 30_000 });
  for (const text of await result.filter({ hasText: "잃음" }).allTextContents()) {
    expect(text).toContain("잃음 0");
  }

  // And what can't happen says why.
  await page.getByRole("button", { name: "조리 지연" }).click();
  await expect(
    page.getByText(/지금은 조리 중인 주문이 없어요|조리가 10분 늦어졌어요/),
  ).toBeVisible();
});

test("a tour waits for the store on the stage, whatever others do", async ({ page, world }) => {
  await stage(page, world);
  await page.getByRole("button", { name: "둘러보기" }).click();
  const tour = page.getByRole("region", { name: "둘러보기" });
  await expect(tour).toContainText("1/6");
  for (const step of ["2/6", "3/6"]) {
    await tour.getByRole("button", { name: "다음" }).click();
    await expect(tour).toContainText(step);
  }
  // The operator's pane is told of every store.
  const { order } = await world.orders();
  await world.kitchenDoes(order, "received", "accept");
  const operator = page.frameLocator('iframe[title="운영"]');
  const row = operator.getByRole("button", { name: world.store.name });
  await expect(row.filter({ hasText: "주문접수됨" })).toBeAttached();
  await expect(tour).toContainText("3/6");
  await world.asStore(`/storeOrders/${await world.ordersAs("c-1", "s-1")}/accept`, {}, "s-1");
  await expect(tour).toContainText("4/6");
  // What a step asks to be pressed is there to be pressed, also where it is put away.
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.reload();
  const drop = page.getByRole("button", { name: "내 연결 10초 끊기" });
  await page.getByRole("button", { name: "둘러보기" }).click();
  await expect(drop).toBeHidden();
  await expect(async () => {
    if (!/5\/6/.test((await tour.textContent()) ?? "")) {
      await tour.getByRole("button", { name: "다음" }).click();
    }
    await expect(tour).toContainText("5/6", { timeout: 500 });
  }).toPass();
  await expect(drop).toBeVisible();
});

test("a tour waits for what really happens, on a stage that everybody can use", async ({
  page,
  world,
}) => {
  await stage(page, world);
  await page.getByRole("button", { name: "둘러보기" }).click();
  const tour = page.getByRole("region", { name: "둘러보기" });
  await expect(tour).toContainText("1/6");
  await world.ordersAs("c-1", "s-1");
  await expect(tour).toContainText("2/6");
  await tour.getByRole("button", { name: "닫기" }).click();
  await expect(tour).toHaveCount(0);

  for (const scheme of ["light", "dark"] as const) {
    await dress(page, scheme);
    const reader = new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"])
      // The panes are pages of their own and looked at as such.
      .exclude("iframe");
    expect(await faultsOf(reader)).toEqual([]);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess).toBeLessThanOrEqual(0);
});
