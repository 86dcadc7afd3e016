// Every screen, in both themes, without a fault that a machine can find.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { dress, faultsOf } from "./audit";
import { choosesDinner, expect, pays, test } from "./world";

const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

test("all screens can be used by everybody, by day, by night and at 320 px", async ({ world }) => {
  test.slow();
  const pages = {
    customer: await world.customer(),
    kitchen: await world.kitchen(),
    rider: await world.rider(),
    operator: await world.operator(),
  };
  for (const [name, page] of Object.entries(pages)) {
    expect(await faults(page), name).toEqual([]);
    await fitsNarrow(page, name);
  }
});

test("who asks for less motion sees none", async ({ world }) => {
  const pages = {
    customer: await world.customer(),
    kitchen: await world.kitchen(),
    rider: await world.riderAtTheDoor(),
    operator: await world.operator(),
  };
  expect(await movers(pages.kitchen), "the board, for everybody else").not.toEqual([]);
  for (const [name, page] of Object.entries(pages)) {
    await dress(page, "light");
    expect(await movers(page), name).toEqual([]);
  }
});

test("every view of the customer can be used by everybody", async ({ world }) => {
  test.slow();
  const page = await world.customer();
  const looksAround = async (view: string) => {
    expect(await faults(page), view).toEqual([]);
    await fitsNarrow(page, view);
    await page.setViewportSize({ width: 412, height: 900 });
  };
  await choosesDinner(page, world);
  await expect(page.locator("[data-map=ready]")).toBeVisible();
  await looksAround("checkout");
  await page.getByRole("link", { name: `‹ ${world.store.name}` }).click();
  await expect(page.getByRole("button", { name: /주문하기/ })).toBeVisible();
  await looksAround("menu");
  await page.getByRole("button", { name: /주문하기/ }).click();
  await pays(page, "tok_ok");
  const order = page.getByRole("article", { name: /주문 #\d+/ });
  await expect(order).toContainText("주문됨");
  await looksAround("tracking");
  await order.getByRole("button", { name: "주문 취소" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await looksAround("cancel");
  await page.getByRole("button", { name: "취소하고 환불받기" }).click();
  await expect(order.getByText("결제취소됨").first()).toBeVisible();
  await looksAround("called off");
  await page.getByRole("link", { name: "주문내역" }).click();
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(1);
  await looksAround("history");
  await page.getByRole("link", { name: "알림" }).click();
  await expect(page.getByRole("main").getByRole("listitem").first()).toBeVisible();
  await looksAround("messages");
});

/** What a machine finds wrong with a page by day, and with its colours by night. */
async function faults(page: Page): Promise<string[]> {
  await dress(page, "light");
  const day = await faultsOf(new AxeBuilder({ page }).withTags(RULES));
  await dress(page, "dark");
  const night = await faultsOf(new AxeBuilder({ page }).withRules("color-contrast"));
  return [...day, ...night];
}

/** Elements that would take longer than a blink to change. */
function movers(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const longest = (durations: string) => Math.max(...durations.split(",").map(Number.parseFloat));
    return [...document.querySelectorAll("*")]
      .filter((element) => {
        const { animationDuration, transitionDuration } = getComputedStyle(element);
        return longest(`${animationDuration},${transitionDuration}`) > 0.001;
      })
      .map(({ outerHTML }) => outerHTML.slice(0, 200));
  });
}

/** Nothing has to be scrolled sideways at the width of the smallest phone. */
async function fitsNarrow(page: Page, what: string): Promise<void> {
  await page.setViewportSize({ width: 320, height: 640 });
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess, what).toBeLessThanOrEqual(0);
}
