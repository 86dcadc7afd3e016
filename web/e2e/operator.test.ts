// The operator: sees the town live, reads a saga to its end, and steps in with a reason.

import type { Page } from "@playwright/test";
import type { Order } from "../src/contract";
import { poisonFeed } from "./poison";
import { expect, test } from "./world";

/** Opens an order of the test's own store from the list of the newest. */
async function opens(page: Page, name: string): Promise<void> {
  const list = page.getByRole("region", { name: "최근 주문" });
  await list.getByRole("button", { name }).first().click();
}

test("a saga is read event by event, with what the payment really did", async ({ world }) => {
  const operator = await world.operator();
  const { order, customerSees } = await world.orders();
  const path = `/orders/${order.id}/cancel`;
  await world.asks("customer", world.customerId, path, { method: "PUT" });
  await expect.poll(async () => (await customerSees()).payment.state).toBe("REFUNDED");

  await opens(operator, world.store.name);
  const log = operator.getByRole("region", { name: `주문 #${order.number} 기록` });
  await expect(log.getByRole("listitem").filter({ hasText: "결제취소됨" })).toBeVisible();
  await expect(log.getByText("결제 1번, 환불 1번")).toBeVisible();
  // The charge and the order's placing were one command; marking it marks both.
  const approved = log.getByRole("listitem").filter({ hasText: "결제 승인" });
  await approved.getByRole("button", { name: /^명령/ }).click();
  await expect(log.locator("li[data-traced=true]").filter({ hasText: "주문됨" })).toHaveCount(1);
});

test("an operator cancels what the kitchen has begun, and the reason is kept", async ({
  world,
}) => {
  const operator = await world.operator();
  const { order, customerSees } = await world.orders();
  await world.kitchenDoes(order, "received", "accept", "startCook");
  await opens(operator, world.store.name);
  await operator.getByRole("button", { name: "강제 취소" }).click();
  const question = operator.getByRole("dialog", { name: /취소할까요/ });
  const sure = question.getByRole("button", { name: "강제 취소" });
  await expect(sure).toBeDisabled();
  await question.getByLabel(/이유/).fill("가게에 불이 났어요");
  await sure.click();
  await expect(question).toHaveCount(0);
  const log = operator.getByRole("region", { name: /기록$/ });
  await expect(log.getByText("가게에 불이 났어요").first()).toBeVisible();
  expect((await customerSees()).state).toBe("CANCELED");
});

test("a job is taken from its rider and given to others", async ({ world }) => {
  const rider = await world.riderAtTheDoor();
  const order = await world.hasCooked();
  await rider.getByRole("button", { name: `${world.store.name} →` }).click();
  await rider.getByRole("button", { name: `${world.store.name} 배달 잡기`, exact: true }).click();
  await expect(rider.getByRole("button", { name: "픽업했어요" })).toBeVisible();

  const operator = await world.operator();
  await expect(operator.getByText(/라이더 [1-9]\d*명/)).toBeVisible();
  await opens(operator, world.store.name);
  await operator.getByRole("button", { name: "다시 배차" }).click();
  await operator.getByLabel(/이유/).fill("라이더와 연락이 안 됨");
  await operator.getByRole("dialog").getByRole("button", { name: "다시 배차" }).click();
  await expect(rider.getByRole("button", { name: "픽업했어요" })).toHaveCount(0);
  const now = await world.asks<Order>("operator", "o-1", `/orders/${order.id}`);
  expect(now.delivery.state).toBe("OPEN");
});

test("a refund that does not come through is among what needs a look", async ({ world }) => {
  const operator = await world.operator();
  const order = await world.tries(world.customerId, "tok_refund_never");
  const path = `/orders/${order.id}/cancel`;
  await world.asks("customer", world.customerId, path, { method: "PUT" });
  const troubles = operator.getByRole("region", { name: /살펴볼 주문/ });
  const row = troubles.getByRole("button", { name: world.store.name });
  await expect(row).toContainText("환불을 해야 해요", { timeout: 30_000 });
  await row.click();
  await expect(operator.getByRole("region", { name: `주문 #${order.number} 기록` })).toBeVisible();
});

test("the page measures how old its news are", async ({ world }) => {
  const operator = await world.operator();
  const pulse = operator.locator("dl").filter({ hasText: "p50 이벤트 나이" });
  const age = pulse.locator("div").filter({ hasText: "p50" });
  await expect(age).toBeVisible();
  await expect(async () => {
    await world.orders();
    await expect(age).toContainText(/\d+ms/, { timeout: 3000 });
  }).toPass();
});

test("what no worker can read is shown, leads to its order and can be tried again", async ({
  world,
}) => {
  const operator = await world.operator();
  const { order } = await world.orders();
  await poisonFeed(order.id);
  const letters = operator.getByRole("region", { name: /처리하지 못한 소식 [1-9]/ });
  // One for each group of workers.
  const rows = letters.getByRole("listitem");
  await expect(rows).toHaveCount(4);
  await rows.first().getByRole("button", { name: "주문 보기" }).click();
  await expect(operator.getByRole("region", { name: `주문 #${order.number} 기록` })).toBeVisible();
  await rows.first().getByRole("button", { name: "다시 처리" }).click();
  await expect(rows).toHaveCount(3);
  await letters.getByRole("button", { name: "3건 모두 다시 처리" }).click();
  await expect(rows).toHaveCount(0);
  // The order itself has come to no harm.
  await world.kitchenDoes(order, "received", "accept");
  const now = await world.asks<Order>("operator", "o-1", `/orders/${order.id}`);
  expect(now.state).toBe("ACCEPTED");
});

test("a store that takes a break says on the map who wanted it", async ({ world }) => {
  const operator = await world.operator();
  await world.asStore(`/stores/${world.store.id}/pause`);
  const pin = operator.locator(`[title*="${world.store.name}"]`);
  await expect(pin).toHaveAttribute("title", /가게가 멈춤$/);
});
