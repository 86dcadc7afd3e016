// What the line does shows on the screen, in words, and never as more than is known.

import type { Page, WebSocketRoute } from "@playwright/test";
import { catchesUp, standStill, wireOf } from "./wire";
import { choosesDinner, expect, pays, test, type World } from "./world";

/** A tracked order whose socket can be cut and mended. */
async function trackedOrder(customer: Page, world: World) {
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  await expect(order).toContainText("가게가 주문을 확인하고 있어요");
  // Only timers that are started from here on can be hurried.
  await customer.clock.install();
  return { order, ...(await wireOf(customer)) };
}

test("a break is a hiccup, then old, and ends with what was missed", async ({ world }) => {
  const customer = await world.customer();
  const { order, cut, mend } = await trackedOrder(customer, world);
  const line = customer.getByTestId("line");
  await standStill(customer);
  await cut();
  await expect(line).toHaveText("다시 연결하는 중");
  await expect(customer.getByText("기준 화면이에요")).toHaveCount(0);
  await customer.clock.fastForward(20_000);
  await expect(line).toHaveText("연결이 끊겼어요");
  await expect(customer.getByText("기준 화면이에요")).toBeVisible();

  await world.asStore(`/storeOrders/${await world.newestOrder()}/received`);
  await world.asStore(`/storeOrders/${await world.newestOrder()}/accept`, { cookMinutes: 15 });
  await expect(order).not.toContainText("주문접수됨");
  mend();
  await customer.getByRole("button", { name: "지금 다시 연결" }).click();
  await catchesUp(customer);
  await expect(order).toContainText("주문접수됨");
  await customer.clock.fastForward(10_000);
  await expect(line).toHaveText("실시간");
});

test("without a network nothing can be pressed that would fire late", async ({ world }) => {
  const customer = await world.customer();
  const { order } = await trackedOrder(customer, world);
  await order.getByRole("button", { name: "주문 취소" }).click();
  const question = customer.getByRole("dialog");
  const confirm = question.getByRole("button", { name: "취소하고 환불받기" });
  await expect(confirm).toBeEnabled();
  await customer.context().setOffline(true);
  await expect(customer.getByTestId("line")).toHaveText("인터넷 연결 끊김");
  await expect(confirm).toBeDisabled();
  await expect(confirm).toHaveAttribute("title", "인터넷이 연결되면 다시 누를 수 있어요");
  await customer.context().setOffline(false);
  await expect(confirm).toBeEnabled();
});

test("what the hub has lost is taken back from the screen", async ({ world }) => {
  const customer = await world.customer();
  await choosesDinner(customer, world);
  await pays(customer, "tok_ok");
  const order = customer.getByRole("article", { name: /주문 #\d+/ });
  const asItIs = "가게가 주문을 확인하고 있어요";
  await expect(order).toContainText(asItIs);

  // The screen is told of a cook who has begun, in an epoch that nobody knows afterwards.
  const tellsOfTheLost = (line: string) => {
    const reply = JSON.parse(line);
    const shown = reply.subscribe?.data?.order;
    if (!shown) return line;
    Object.assign(shown, { state: "COOKING", label: "조리시작됨", version: 99 });
    reply.subscribe.epoch = "10570000";
    return JSON.stringify(reply);
  };
  let first: WebSocketRoute | null = null;
  await customer.routeWebSocket(/\/connection\/websocket/, (socket) => {
    const hub = socket.connectToServer();
    if (first !== null) return;
    first = socket;
    hub.onMessage((frame) =>
      socket.send(String(frame).trim().split("\n").map(tellsOfTheLost).join("\n")),
    );
  });
  await customer.reload();
  await expect(customer.getByTestId("line")).toHaveText("실시간");
  await expect(order).not.toContainText(asItIs);
  await (first as WebSocketRoute | null)?.close();
  await expect(order).toContainText(asItIs);
});
