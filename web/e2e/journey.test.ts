// One dinner from the first tap to the door, on three screens that nobody reloads.

import { choosesDinner, expect, pays, test } from "./world";

test("an order goes from the customer to the kitchen to the rider and home", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();

  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await expect(order).toContainText("주문됨");
  const number = (await order.getAttribute("aria-label"))?.match(/#\d+/)?.[0] ?? "";

  const fresh = kitchen.getByRole("region", { name: "새 주문" });
  const ticket = fresh.getByRole("article", { name: number });
  await expect(ticket).toContainText("국물떡볶이");
  await ticket.getByRole("button", { name: "접수 · 15분" }).click();
  await expect(order).toContainText("주문접수됨");
  await expect(fresh.getByRole("article", { name: number })).toHaveCount(0);

  const accepted = kitchen.getByRole("region", { name: "접수됨" });
  await accepted.getByRole("button", { name: "조리 시작" }).click();
  await expect(order).toContainText("조리시작됨");
  await expect(order.getByRole("button", { name: "주문 취소" })).toHaveCount(0);

  const rider = await world.rider();
  await rider.getByRole("button", { name: "근무 시작" }).click();
  const map = rider.getByRole("region", { name: "내 위치와 가까운 배달 지도" });
  await expect(map.locator("[data-map=ready]")).toBeVisible();
  await map.click({ position: { x: 190, y: 190 } });
  await expect(rider.getByText(/위치 보내는 중/)).toBeVisible();

  const cooking = kitchen.getByRole("region", { name: "조리 중" });
  await cooking.getByRole("button", { name: "조리 완료" }).click();
  await expect(order).toContainText("라이더를 찾고 있어요");

  const job = rider.getByRole("button", { name: new RegExp(`${world.store.name} →`) });
  await job.click();
  await rider.getByRole("button", { name: `${world.store.name} 배달 잡기` }).click();
  const mine = rider.getByRole("article", { name: number });
  await expect(mine).toContainText("가게로 가기");
  await expect(order).toContainText("라이더가 가게로 가고 있어요");

  await mine.getByRole("button", { name: "픽업했어요" }).click();
  await expect(order).toContainText("배달시작됨");
  await expect(kitchen.getByRole("article", { name: number })).toHaveCount(0);
  await expect(mine).toContainText("망원동 12길 3, 402호");

  await mine.getByRole("button", { name: "배달 완료" }).click({ delay: 900 });
  await expect(order).toContainText("배달완료됨");
  await expect(rider.getByText("배달을 마쳤어요")).toBeVisible();
  await expect(
    order.getByRole("list", { name: "주문 진행 단계" }).getByRole("listitem"),
  ).toHaveCount(5);
});
