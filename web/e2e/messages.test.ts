// What reaches a customer who looks elsewhere: the browser's own notification, once it is wanted.

import type { Page } from "@playwright/test";
import { expect, test, type World } from "./world";

/** Remembers what the browser is asked to show; it is shown all the same. */
function keepsWhatIsShown(): void {
  const shown: Notification[] = [];
  Object.assign(window, { shown });
  const Real = Notification;
  Object.assign(window, {
    Notification: class extends Real {
      constructor(text: string, options?: NotificationOptions) {
        super(text, options);
        shown.push(this);
      }
    },
  });
}

/** As if another tab lay over this one. */
const hides = (page: Page, isHidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  }, isHidden);

const shown = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as { shown: Notification[] }).shown.map(({ title, tag }) => ({
      title,
      tag,
    })),
  );

async function accepts(world: World): Promise<string> {
  const { order } = await world.orders();
  await world.kitchenDoes(order, "received", "accept");
  return order.id;
}

test("a message is shown outside the page to those who look elsewhere", async ({ world }) => {
  const customer = await world.customer();
  await customer.context().grantPermissions(["notifications"]);
  await customer.addInitScript(keepsWhatIsShown);
  await customer.reload();
  await expect(customer.getByTestId("line")).toHaveText("실시간");

  // Whoever looks at the page reads it there.
  await accepts(world);
  await expect(customer.getByRole("status").getByText(/접수/).first()).toBeVisible();
  expect(await shown(customer)).toEqual([]);

  await hides(customer, true);
  const id = await accepts(world);
  await expect
    .poll(() => shown(customer))
    .toContainEqual({ title: expect.stringContaining("접수"), tag: id });
  // A touch leads to the order.
  await hides(customer, false);
  await customer.evaluate(() => {
    const { shown } = window as unknown as { shown: Notification[] };
    shown.at(-1)?.onclick?.(new Event("click"));
  });
  await expect(customer).toHaveURL(new RegExp(`#/order/${id}$`));
  await expect(customer.getByRole("article")).toContainText("주문접수됨");
});

test("nobody is asked before they ask for it, and nothing is shown to who said no", async ({
  world,
}) => {
  const customer = await world.customer();
  await customer.addInitScript(keepsWhatIsShown);
  await customer.reload();
  await customer.getByRole("link", { name: "알림" }).click();
  const state = await customer.evaluate(() => Notification.permission);
  const allow = customer.getByRole("button", { name: "화면을 보지 않을 때도 알림 받기" });
  const denied = customer.getByText("브라우저 설정에서 알림이 막혀 있어요");
  await expect(state === "denied" ? denied : allow).toBeVisible();
  await hides(customer, true);
  await accepts(world);
  await expect(customer.getByRole("main").getByText(/접수/).first()).toBeVisible();
  expect(await shown(customer)).toEqual([]);
});

test.describe("with its worker", () => {
  test("a phone has the worker show it", async ({ browser, world }) => {
    const context = await browser.newContext({ serviceWorkers: "allow" });
    await context.grantPermissions(["notifications"]);
    const page = await context.newPage();
    await page.goto(`${world.url}/customer?as=${world.customerId}`);
    await expect(page.getByTestId("line")).toHaveText("실시간");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await hides(page, true);
    const id = await accepts(world);
    const kept = () =>
      page.evaluate(async () => {
        const worker = await navigator.serviceWorker.ready;
        return (await worker.getNotifications()).map(({ tag, data }) => ({ tag, data }));
      });
    await expect.poll(kept).toContainEqual({ tag: id, data: { hash: `#/order/${id}` } });
    await context.close();
  });
});
