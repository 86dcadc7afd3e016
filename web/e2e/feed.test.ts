// The rider's feed: rows that hold still, one winner for each job, and nothing confirmed by accident.

import type { Page } from "@playwright/test";
import { standStill } from "./wire";
import { expect, test } from "./world";

const rowOf = (page: Page, name: string) =>
  page.getByRole("region", { name: /내 주변/ }).getByRole("button", { name: `${name} →` });
/** The one big button; other tests leave jobs of their own around. */
const claim = (page: Page, name: string) =>
  page.getByRole("button", { name: `${name} 배달 잡기`, exact: true });

async function claims(page: Page, name: string): Promise<void> {
  await rowOf(page, name).first().click();
  await claim(page, name).click();
  await expect(page.getByRole("button", { name: "픽업했어요" })).toBeVisible();
}

test("of two riders one gets the job, and the other reads why with the next one chosen", async ({
  world,
}) => {
  const [one, two] = [
    await world.riderAtTheDoor(`${world.riderId}-one`),
    await world.riderAtTheDoor(`${world.riderId}-two`),
  ];
  await world.hasCooked();
  await world.hasCooked();
  for (const page of [one, two]) await expect(rowOf(page, world.store.name)).toHaveCount(2);
  // The second rider's tap is on its way when the first one's has its way.
  await two.route("**/deliveries/*/claim", async (route) => {
    const id = new URL(route.request().url()).pathname.split("/")[2];
    const path = `/deliveries/${id}/claim`;
    await world.asks("rider", `${world.riderId}-one`, path, { method: "PUT" });
    await route.continue();
  });
  await rowOf(two, world.store.name).first().click();
  await claim(two, world.store.name).click();
  await expect(two.getByText("다른 라이더가 먼저 잡았어요").first()).toBeVisible();
  await expect(two.getByText("다음으로 가까운 배달을 골라 두었어요").first()).toBeVisible();
  await expect(two.getByRole("button", { name: /배달 잡기$/ })).toBeEnabled();
  await expect(one.getByRole("region", { name: /내 배달/ }).getByRole("article")).toHaveCount(1);
  await expect(two.getByRole("region", { name: /내 배달/ })).toHaveCount(0);
});

test("a delivery is confirmed by holding, with a finger or a key, and not by a tap", async ({
  world,
}) => {
  const rider = await world.riderAtTheDoor();
  const order = await world.hasCooked();
  await claims(rider, world.store.name);
  await rider.getByRole("button", { name: "픽업했어요" }).click();
  const done = rider.getByRole("button", { name: "배달 완료" });
  await rider.getByRole("button", { name: "근무 끝내기" }).click();
  await expect(rider.getByRole("alert")).toContainText("전해야 할 음식이 있어요");
  // However slow this machine is, it was a tap.
  await rider.clock.install();
  await standStill(rider);
  await done.click();
  await expect(rider.getByText("조금 더 길게 누르세요")).toBeVisible();
  const asked = await world.asks<{ state: string }>("operator", "o-1", `/orders/${order.id}`);
  expect(asked.state).toBe("DELIVERING");
  await rider.clock.resume();
  await done.focus();
  await rider.keyboard.down("Enter");
  await expect(rider.getByText("배달을 마쳤어요")).toBeVisible();
  await rider.keyboard.up("Enter");
});

test("a job is given back with a reason, and another rider can take it", async ({ world }) => {
  const rider = await world.riderAtTheDoor(`${world.riderId}-first`);
  const order = await world.hasCooked();
  await claims(rider, world.store.name);
  await rider.getByRole("button", { name: "문제 신고 · 배차 취소" }).click();
  await rider.getByRole("button", { name: "오토바이가 고장났어요" }).click();
  await expect(rider.getByRole("dialog")).toHaveCount(0);
  await expect(rider.getByRole("region", { name: /내 배달/ })).toHaveCount(0);

  const other = await world.riderAtTheDoor(`${world.riderId}-second`);
  await expect(rowOf(other, world.store.name)).toBeEnabled();
  const log = `/orders/${order.id}/timeline`;
  const { events } = await world.asks<{ events: { event: string; reason?: string }[] }>(
    "operator",
    "o-1",
    log,
  );
  expect(events.find(({ event }) => event === "JobReleased")?.reason).toBe("BREAKDOWN");
});

test("a problem is reported and the job stays in hand", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  const order = await world.hasCooked();
  await claims(rider, world.store.name);
  await rider.getByRole("button", { name: "문제 신고 · 배차 취소" }).click();
  await rider.getByRole("button", { name: "가게가 닫혀 있어요" }).click();
  await expect(rider.getByText("신고했어요")).toBeVisible();
  await rider.getByRole("button", { name: "계속하기" }).click();
  await expect(rider.getByRole("button", { name: "픽업했어요" })).toBeVisible();
  const asked = await world.asks<{ attention: string }>("operator", "o-1", `/orders/${order.id}`);
  expect(asked.attention).toBe("PROBLEM");
});

test("a list that is held lets new jobs wait behind a chip", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  await world.hasCooked();
  await expect(rowOf(rider, world.store.name)).toHaveCount(1);
  await rider.getByRole("button", { name: "목록 멈춤" }).click();
  await world.hasCooked();
  await expect(rider.getByRole("button", { name: "새 배달 1건 보기" })).toBeVisible();
  await expect(rowOf(rider, world.store.name)).toHaveCount(1);
  await rider.getByRole("button", { name: "새 배달 1건 보기" }).click();
  await expect(rowOf(rider, world.store.name)).toHaveCount(2);
});

test("the list is walked with arrows and chosen from with Enter", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  await world.hasCooked();
  await world.hasCooked();
  const rows = rowOf(rider, world.store.name);
  await expect(rows).toHaveCount(2);
  await rows.first().focus();
  await rider.keyboard.press("ArrowDown");
  await expect(rows.nth(1)).toBeFocused();
  await rider.keyboard.press("Enter");
  await expect(rows.nth(1)).toHaveAttribute("aria-pressed", "true");
  await rider.keyboard.press("ArrowUp");
  await expect(rows.first()).toBeFocused();
});

test("what is still cooked is shown as a preview that can't be taken", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  const { order } = await world.orders();
  await world.kitchenDoes(order, "received", "accept", "startCook");
  const row = rowOf(rider, world.store.name);
  await expect(row).toContainText("미리보기");
  await expect(row).toBeDisabled();
  await expect(claim(rider, world.store.name)).toHaveCount(0);
  await world.kitchenDoes(order, "finishCook");
  await row.click();
  await expect(claim(rider, world.store.name)).toBeVisible();
});

test("whoever rides sees one line, and the list again when they stop", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  const glance = rider.getByRole("region", { name: "주행 중 화면" });
  await expect(glance).toHaveCount(0);
  let lat = 37.553;
  await expect(async () => {
    lat += 0.0002;
    await rider.context().setGeolocation({ latitude: lat, longitude: 126.9105, accuracy: 3 });
    await rider.waitForTimeout(900);
    await expect(glance).toBeVisible({ timeout: 100 });
  }).toPass();
  await expect(rider.getByRole("button", { name: /배달 잡기$/ })).toHaveCount(0);
  await glance.getByRole("button", { name: "지금 보기" }).click();
  await expect(rider.getByRole("region", { name: /내 주변/ })).toBeVisible();
});

test("a phone that may not say where it is leaves the map to touch", async ({ world }) => {
  const rider = await world.rider();
  await rider.getByRole("button", { name: "근무 시작" }).click();
  await rider.getByRole("button", { name: "내 위치 쓰기" }).click();
  await expect(rider.getByRole("alert")).toContainText("위치를 알 수 없어요. 지도를 눌러");
  const map = rider.getByRole("region", { name: "내 위치와 가까운 배달 지도" });
  await expect(map.locator("[data-map=ready]")).toBeVisible();
  await map.click({ position: { x: 190, y: 150 } });
  await expect(rider.getByText(/위치 보내는 중/)).toBeVisible();
});

test("a phone that lies still is asked again and goes on being heard", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  await rider.clock.install();
  await rider.clock.runFor(45_000);
  await expect(rider.getByText(/위치 보내는 중/)).toBeVisible();
  await expect(rider.getByText("위치 신호가 끊겼어요")).toHaveCount(0);
});

test("of several jobs at one door the chosen one lies on top of the map", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  await world.hasCooked();
  await world.hasCooked();
  const rows = rowOf(rider, world.store.name);
  await expect(rows).toHaveCount(2);
  const pins = rider.getByTitle(new RegExp(`^\\d+\\. ${world.store.name}$`));
  // By their numbers, which are those of the list.
  const heights = () =>
    pins.evaluateAll((all) =>
      (all as HTMLElement[])
        .sort((a, b) => Number.parseInt(a.title, 10) - Number.parseInt(b.title, 10))
        .map((pin) => Number(pin.style.zIndex)),
    );
  for (const chosen of [1, 0]) {
    await rows.nth(chosen).click();
    await expect(rows.nth(chosen)).toHaveAttribute("aria-pressed", "true");
    await expect
      .poll(async () => {
        const [first = 0, second = 0] = await heights();
        return chosen === 0 ? first > second : second > first;
      })
      .toBe(true);
  }
});
