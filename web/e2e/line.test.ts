// The line breaks while something happens: nothing is missed, and the screen never pretends.

import type { WebSocketRoute } from "@playwright/test";
import { choosesDinner, expect, pays, test } from "./world";

test("what happened during a break shows without a reload", async ({ world }) => {
  const kitchen = await world.kitchen();
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await expect(order).toContainText("가게가 주문을 확인하고 있어요");

  let isCut = false;
  const open: WebSocketRoute[] = [];
  await customer.routeWebSocket(/\/connection\/websocket/, (socket) => {
    if (isCut) return void socket.close();
    socket.connectToServer();
    open.push(socket);
  });
  // Only sockets opened from here on can be cut.
  await customer.reload();
  const line = customer.getByTestId("line");
  await expect(line).toHaveText("실시간");
  await expect(order).toContainText("가게가 주문을 확인하고 있어요");

  isCut = true;
  for (const socket of open) await socket.close();
  await expect(line).toHaveText("다시 연결하는 중");
  await kitchen.getByRole("button", { name: "접수 · 15분" }).click();
  await expect(kitchen.getByRole("button", { name: "조리 시작" })).toBeVisible();
  await expect(order).not.toContainText("주문접수됨");

  isCut = false;
  await expect(order).toContainText("주문접수됨");
  await expect(line).toHaveText("실시간");
});
