// Orders that do not end on a table: the money comes back, or was never taken.

import { choosesDinner, expect, pays, test } from "./world";

test("a cancel before cooking gives the money back and strikes the ticket", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await expect(kitchen.getByRole("region", { name: "새 주문" }).getByRole("article")).toHaveCount(
    1,
  );

  await order.getByRole("button", { name: "주문 취소" }).click();
  const question = customer.getByRole("dialog", { name: "주문을 취소할까요?" });
  await expect(question).toContainText("₩18,000 전액 환불");
  await question.getByRole("button", { name: "취소하고 환불받기" }).click();

  const steps = order.getByRole("list", { name: "취소와 환불 진행" });
  await expect(steps.getByRole("listitem").first()).toContainText("주문 취소됨");
  await expect(steps.getByText("결제취소됨")).toHaveAttribute("data-place", "done");
  await expect(order).toContainText("직접 취소했어요");

  await expect(kitchen.getByText("취소된 주문이 있어요")).toBeVisible();
  await kitchen.getByRole("button", { name: "확인했어요" }).click();
  await expect(kitchen.getByText("취소된 주문이 있어요")).toHaveCount(0);
});

test("a declined card is said so, keeps the cart, and reaches no kitchen", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_declined");
  await expect(customer.getByRole("alert")).toContainText("카드사가 결제를 거절했어요");
  await expect(customer.getByRole("button", { name: "₩18,000 결제하고 주문" })).toBeVisible();

  // An order that is paid for after it is the proof that nothing was still on its way.
  await pays(customer, "tok_ok");
  const tickets = kitchen.getByRole("region", { name: "새 주문" }).getByRole("article");
  await expect(tickets).toHaveCount(1);
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  const number = (await order.getAttribute("aria-label"))?.match(/#\d+/)?.[0] ?? "";
  await expect(tickets.first()).toHaveAccessibleName(number);
});

test("the kitchen's refusal reaches the customer with its reason", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  await kitchen.getByRole("button", { name: "거절", exact: true }).click();
  const question = kitchen.getByRole("dialog", { name: /거절할까요/ });
  await question.getByRole("button", { name: "재료 소진" }).click();
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await expect(order).toContainText("가게가 주문을 받지 못했어요");
  await expect(order).toContainText("재료가 떨어졌어요");
  await expect(order.getByText("결제취소됨").first()).toBeVisible();
});
