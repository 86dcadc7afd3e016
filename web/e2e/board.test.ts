// The store's board: it rings until somebody answers, and all its tablets say the same.

import type { Page } from "@playwright/test";
import { expect, test } from "./world";

/** Counts the tones that a page starts, with the browser's own sound left as it is. */
async function countTones(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const start = OscillatorNode.prototype.start;
    Object.assign(window, { tones: 0 });
    OscillatorNode.prototype.start = function (...when) {
      (window as unknown as { tones: number }).tones += 1;
      return start.apply(this, when);
    };
  });
  await page.reload();
  await expect(page.getByRole("button", { name: "알림음 켜기" })).toBeVisible();
  return () => page.evaluate(() => (window as unknown as { tones: number }).tones);
}

const column = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

test("a new order rings until it is answered, once a tap has let it", async ({ world }) => {
  const kitchen = await world.kitchen();
  const tones = await countTones(kitchen);
  await expect(kitchen.getByRole("alert")).toContainText("아직 소리를 낼 수 없어요");
  await world.orders();
  await expect(column(kitchen, "새 주문").getByRole("article")).toHaveCount(1);
  expect(await tones(), "nothing sounds before the first touch").toBe(0);

  await kitchen.getByRole("heading", { level: 1 }).click();
  await expect(kitchen.getByRole("button", { name: "알림음 켜짐" })).toBeVisible();
  // The test ring and the ring for the order that waits, two tones each.
  await expect.poll(tones).toBeGreaterThanOrEqual(4);
  const first = await tones();
  await expect.poll(tones, { message: "rings again by itself" }).toBeGreaterThan(first);

  await kitchen.getByRole("button", { name: /^접수/ }).click();
  await expect(column(kitchen, "새 주문").getByRole("article")).toHaveCount(0);
  const silent = await tones();
  await kitchen.clock.install();
  await kitchen.clock.runFor(30_000);
  expect(await tones(), "an answered order is silent").toBe(silent);
});

test("of two tabs of one store only one rings, and the other takes over", async ({ world }) => {
  const kitchen = await world.kitchen();
  const beside = await kitchen.context().newPage();
  await beside.goto(kitchen.url());
  for (const page of [kitchen, beside]) {
    await page.getByRole("button", { name: "알림음 켜기" }).click();
  }
  await expect(kitchen.getByRole("button", { name: "알림음 켜짐", exact: true })).toBeVisible();
  await expect(beside.getByRole("button", { name: /다른 탭에서 울려요/ })).toBeVisible();
  await kitchen.close();
  await expect(beside.getByRole("button", { name: "알림음 켜짐", exact: true })).toBeVisible();
});

test("a muted board says so until it is heard again", async ({ world }) => {
  const kitchen = await world.kitchen();
  await kitchen.getByRole("button", { name: "알림음 켜기" }).click();
  await kitchen.getByRole("button", { name: "알림음 켜짐" }).click();
  await expect(kitchen.getByRole("alert")).toContainText("새 주문이 와도 울리지 않아요");
  await kitchen.keyboard.press("m");
  await expect(kitchen.getByRole("button", { name: "알림음 켜짐" })).toBeVisible();
  await expect(kitchen.getByRole("alert")).toHaveCount(0);
});

test("two tablets stay equal, and the second to answer is told", async ({ world }) => {
  const [one, two] = [await world.kitchen(), await world.kitchen()];
  await world.orders();
  const fresh = column(two, "새 주문").getByRole("article");
  await expect(fresh).toHaveCount(1);

  // The second tablet does not hear of the first one's answer before it gives its own.
  await two.route("**/storeOrders/*/reject", async (route) => {
    await one.getByRole("button", { name: /^접수/ }).click();
    await expect(column(one, "접수됨").getByRole("article")).toHaveCount(1);
    await route.continue();
  });
  await two.getByRole("button", { name: "거절", exact: true }).click();
  await two.getByRole("button", { name: "마감했어요" }).click();
  const accepted = column(two, "접수됨").getByRole("article");
  await expect(accepted).toHaveCount(1);
  await expect(accepted.getByRole("alert")).toContainText("그 사이 상태가 바뀌어");
  await expect(fresh).toHaveCount(0);
});

test("a cook who starts just after the customer canceled is told so on the struck ticket", async ({
  world,
}) => {
  const kitchen = await world.kitchen();
  const { order, customerSees } = await world.orders();
  await kitchen.getByRole("button", { name: /^접수/ }).click();
  // The customer's tap gets to the hub while the cook's is on its way.
  await kitchen.route("**/storeOrders/*/startCook", async (route) => {
    const path = `/orders/${order.id}/cancel`;
    await world.asks("customer", world.customerId, path, { method: "PUT" });
    await route.continue();
  });
  await kitchen.getByRole("button", { name: "조리 시작" }).click();
  const struck = kitchen.getByRole("listitem", { name: `#${order.number}` });
  await expect(struck).toContainText("고객이 취소했어요");
  await expect(struck.getByRole("alert")).toContainText("그 사이 상태가 바뀌어");
  expect((await customerSees()).state).toBe("CANCELED");
});

test("a board that a canceled order pushes down takes no tap until a cook has seen it", async ({
  world,
}) => {
  const kitchen = await world.kitchen();
  const { order: first } = await world.orders();
  await world.orders();
  const accept = column(kitchen, "새 주문").getByRole("button", { name: /^접수/ });
  await expect(accept).toHaveCount(2);
  const meetsFinger = () =>
    accept.last().evaluate((button) => {
      const { x, y } = button.getBoundingClientRect();
      return button.contains(document.elementFromPoint(x + 8, y + 8));
    });
  expect(await meetsFinger()).toBe(true);

  // The board does not go on by itself from the moment in which it moves.
  const still = await kitchen.context().newCDPSession(kitchen);
  await still.send("Animation.enable");
  await still.send("Animation.setPlaybackRate", { playbackRate: 0 });
  const cancel = `/orders/${first.id}/cancel`;
  await world.asks("customer", world.customerId, cancel, { method: "PUT" });
  await expect(kitchen.getByRole("listitem", { name: `#${first.number}` })).toBeVisible();
  expect(await meetsFinger()).toBe(false);
  await still.send("Animation.setPlaybackRate", { playbackRate: 1 });
  await expect.poll(meetsFinger).toBe(true);
});

test("what was accepted today stays counted when it is canceled", async ({ world }) => {
  const kitchen = await world.kitchen();
  await expect(kitchen.getByText("오늘 0건")).toBeVisible();
  const { order } = await world.orders();
  await kitchen.getByRole("button", { name: /^접수/ }).click();
  await expect(kitchen.getByText(/^오늘 1건/)).toBeVisible();
  const cancel = `/orders/${order.id}/cancel`;
  await world.asks("customer", world.customerId, cancel, { method: "PUT" });
  await expect(kitchen.getByRole("listitem", { name: `#${order.number}` })).toBeVisible();
  await expect(kitchen.getByText(/^오늘 1건/)).toBeVisible();
  await kitchen.reload();
  await expect(kitchen.getByText(/^오늘 1건/)).toBeVisible();
});

test("cooking is delayed, taken back and called off with a reason", async ({ world }) => {
  const kitchen = await world.kitchen();
  const { order, customerSees } = await world.orders();
  await kitchen.getByRole("button", { name: "조리 시간 5분 늘리기" }).click();
  await kitchen.getByRole("button", { name: "접수 · 20분" }).click();
  const promised = (await customerSees()).cookDueAt ?? "";

  await kitchen.getByRole("button", { name: /늦추기 또는 취소/ }).click();
  await kitchen.getByRole("button", { name: "+10분" }).click();
  await expect(kitchen.getByRole("dialog")).toHaveCount(0);
  await expect.poll(async () => ((await customerSees()).cookDueAt ?? "") > promised).toBe(true);

  await kitchen.getByRole("button", { name: "조리 시작" }).click();
  await kitchen.getByRole("button", { name: /되돌리기: #\d+ 조리 시작/ }).click();
  await expect(column(kitchen, "접수됨").getByRole("article")).toHaveCount(1);
  await kitchen.getByRole("button", { name: "조리 시작" }).click();
  await kitchen.getByRole("button", { name: "조리 완료" }).click();
  await expect(column(kitchen, "라이더 대기").getByRole("article")).toContainText("라이더를 찾고");

  await kitchen.getByRole("button", { name: /늦추기 또는 취소/ }).click();
  await kitchen.getByRole("list", { name: "취소하는 이유" }).getByText("재료 소진").click();
  await expect(kitchen.getByRole("article", { name: `#${order.number}` })).toHaveCount(0);
  expect((await customerSees()).reason).toBe("STORE_SOLD_OUT");
});

test("the board is worked without a pointer", async ({ world }) => {
  const kitchen = await world.kitchen();
  await world.orders();
  const tickets = (name: string) => column(kitchen, name).getByRole("article");
  await expect(tickets("새 주문")).toHaveCount(1);
  await kitchen.keyboard.press("1");
  await expect(tickets("새 주문")).toBeFocused();
  await kitchen.keyboard.press("Enter");
  await expect(tickets("접수됨")).toHaveCount(1);
  await kitchen.keyboard.press("2");
  await kitchen.keyboard.press("Enter");
  await expect(tickets("조리 중")).toHaveCount(1);
  await expect(kitchen.getByRole("button", { name: /되돌리기/ })).toBeVisible();
  await kitchen.keyboard.press("Backspace");
  await expect(tickets("접수됨")).toHaveCount(1);

  await kitchen.keyboard.press("?");
  const settings = kitchen.getByRole("dialog", { name: "주문판 설정과 단축키" });
  await settings.getByRole("switch", { name: "단축키 쓰기" }).click();
  await kitchen.keyboard.press("Escape");
  await kitchen.keyboard.press("2");
  await kitchen.keyboard.press("Enter");
  await expect(settings).toHaveCount(0);
  await expect(tickets("접수됨")).toHaveCount(1);
});

test("the store sees its rider come nearer", async ({ world }) => {
  const kitchen = await world.kitchen();
  const order = await world.hasCooked();
  const ticket = column(kitchen, "라이더 대기").getByRole("article");
  await expect(ticket).toContainText("라이더를 찾고 있어요");
  const isAway = (degrees: number) =>
    world.asRider("/riders/me/location", { ...world.place, lat: world.place.lat + degrees });
  await world.asRider("/riders/me/online");
  await isAway(0.003);
  await expect(ticket).toContainText("가까운 라이더");
  await world.asRider(`/deliveries/${order.id}/claim`);
  await expect(ticket).toContainText(`라이더 ${world.riderId} 배정됨 · 330m 밖에서 출발`);
  await isAway(0.001);
  await expect(ticket).toContainText(`라이더 ${world.riderId} 오는 중 · 110m`);

  // A second tablet begins with the same.
  const beside = await world.kitchen();
  await expect(column(beside, "라이더 대기").getByRole("article")).toContainText("오는 중 · 110m");
  await kitchen.clock.install();
  await kitchen.clock.fastForward("01:00");
  await kitchen.clock.runFor(2000);
  await expect(ticket).toContainText(/110m · 1:\d\d 전 위치/);
});

test("what is sold out can't be ordered, and a pause is one tap to end", async ({ world }) => {
  const kitchen = await world.kitchen();
  await kitchen.getByRole("button", { name: "품절 관리" }).click();
  const item = kitchen.getByRole("switch", { name: /국물떡볶이/ });
  await item.click();
  await expect(item).toHaveAttribute("aria-checked", "false");
  await kitchen.keyboard.press("Escape");
  expect((await world.tries()).code).toBe("sold_out");

  await kitchen.getByRole("button", { name: "잠시 멈춤" }).click();
  await expect(kitchen.getByText("지금은 새 주문을 받지 않고 있어요")).toBeVisible();
  expect((await world.tries()).code).toBe("store_closed");
  await kitchen.getByRole("button", { name: "주문 다시 받기" }).click();
  await expect(kitchen.getByRole("button", { name: "잠시 멈춤" })).toBeVisible();

  // Somebody else may have wanted the break, and the board says who.
  const path = `/stores/${world.store.id}`;
  const shown = await world.asks<object>("store", world.store.id, path);
  await world.asks("operator", "o-1", path, { method: "PUT", body: { ...shown, paused: true } });
  await expect(kitchen.getByText("운영팀이 멈췄어요")).toBeVisible();
});

test("a ticket's clock counts up and its word changes with its colour", async ({ world }) => {
  const kitchen = await world.kitchen();
  await world.orders();
  const ticket = column(kitchen, "새 주문").getByRole("article");
  await expect(ticket).toContainText("여유");
  await kitchen.getByRole("button", { name: /^접수/ }).click();
  const accepted = column(kitchen, "접수됨").getByRole("article");
  await expect(accepted).toHaveAttribute("data-pace", "fine");
  await kitchen.clock.install();
  await kitchen.clock.fastForward("20:00");
  await kitchen.clock.runFor(2000);
  await expect(accepted.getByRole("timer")).toContainText(/^2\d:\d\d$/);
  await expect(accepted).toHaveAttribute("data-pace", "late");
  await expect(accepted).toContainText("지연");
});
