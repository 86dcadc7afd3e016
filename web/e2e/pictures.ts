// Takes the pictures of the README from a town in which people order, cook and ride.

import { resolve } from "node:path";
import { expect, test } from "@playwright/test";

const FOLDER = resolve(import.meta.dirname, "../pictures");

test("the pictures", async ({ browser }) => {
  test.setTimeout(240_000);
  const url = process.env.CITY_URL;
  if (!url) throw new Error("the city was not started");
  for (const colorScheme of ["light", "dark"] as const) {
    const desk = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme });
    const stage = await desk.newPage();
    await stage.goto(url);
    const customer = stage.frameLocator('iframe[title="고객"]');
    // The operator's numbers need some seconds of their own.
    const operator = stage.frameLocator('iframe[title="운영"]');
    await expect(operator.locator("dl").getByText("–")).toHaveCount(0, { timeout: 60_000 });
    await expect(customer.getByText("배달시작됨").first()).toBeVisible({ timeout: 120_000 });
    await expect(customer.locator("[data-map=ready]")).toBeVisible();
    await expect(customer.getByText(/라이더가 \d+m 앞에/)).toBeVisible({ timeout: 60_000 });
    await stage.screenshot({ path: `${FOLDER}/stage-${colorScheme}.png` });
    await desk.close();

    const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme });
    const tracking = await phone.newPage();
    await tracking.goto(`${url}/customer?as=c-1`);
    await expect(tracking.getByText("배달시작됨").first()).toBeVisible({ timeout: 120_000 });
    await expect(tracking.locator("[data-map=ready]")).toBeVisible();
    // The first position comes within a second or two of the picture's own.
    await expect(tracking.getByText(/라이더 위치/)).toBeVisible();
    await tracking.screenshot({ path: `${FOLDER}/customer-${colorScheme}.png` });
    await tracking.goto(`${url}/customer?as=c-30`);
    await tracking.getByRole("link", { name: /달빛분식/ }).click();
    await tracking.getByRole("button", { name: /담기/ }).first().click();
    await tracking.screenshot({ path: `${FOLDER}/menu-${colorScheme}.png` });
    await phone.close();
  }
});
