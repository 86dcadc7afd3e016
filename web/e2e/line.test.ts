// The line breaks while something happens: nothing is missed, and the screen never pretends.

import { catchesUp, standStill, wireOf } from "./wire";
import { choosesDinner, expect, pays, test } from "./world";

test("what happened during a break shows without a reload", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await expect(order).toContainText("가게가 주문을 확인하고 있어요");

  const { cut, mend } = await wireOf(customer);
  const line = customer.getByTestId("line");
  await expect(order).toContainText("가게가 주문을 확인하고 있어요");

  await cut();
  await expect(line).toHaveText("다시 연결하는 중");
  await kitchen.getByRole("button", { name: "접수 · 15분" }).click();
  await expect(kitchen.getByRole("button", { name: "조리 시작" })).toBeVisible();
  await expect(order).not.toContainText("주문접수됨");

  mend();
  await expect(order).toContainText("주문접수됨");
  await expect(line).toHaveText("실시간");
});

test("tickets that changed during a break are outlined for a moment", async ({ world }) => {
  const { order } = await world.orders();
  const kitchen = await world.kitchen();
  await world.orders();
  const ticket = (n: number) => kitchen.getByRole("article", { name: `#${n}`, exact: true });
  await kitchen.clock.install();
  const { cut, mend } = await wireOf(kitchen);
  await expect(ticket(order.number)).toHaveAttribute("data-changed", "false");
  await cut();
  await expect(kitchen.getByTestId("line")).toHaveText("다시 연결하는 중");
  await world.kitchenDoes(order, "received", "accept");
  await standStill(kitchen);
  mend();
  await catchesUp(kitchen);
  await expect(ticket(order.number)).toHaveAttribute("data-changed", "true");
  await expect(kitchen.locator("[data-changed=true]")).toHaveCount(1);
  await kitchen.clock.runFor(4000);
  await expect(kitchen.locator("[data-changed=true]")).toHaveCount(0);
});

test("a line on which nothing is answered yet is not called live", async ({ world }) => {
  const { order } = await world.orders();
  const kitchen = await world.kitchen();
  const { cut, mend, overload, refusals } = await wireOf(kitchen);
  const line = kitchen.getByTestId("line");
  overload(true);
  await cut();
  await world.kitchenDoes(order, "received", "accept");
  mend();
  await expect.poll(refusals).toBeGreaterThan(1);
  await expect(line).toHaveText("다시 연결하는 중");
  await expect(kitchen.getByRole("button", { name: "접수 · 15분" })).toBeVisible();
  overload(false);
  await expect(kitchen.getByRole("button", { name: "조리 시작" })).toBeVisible();
  await expect(line).toHaveText("실시간");
});
