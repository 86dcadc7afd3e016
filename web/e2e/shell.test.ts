// How the screens come to a browser: small, safe, there without a network, and aware of their age.

import { expect, test } from "./world";

test("pages come squeezed, their files for ever, and no policy is broken", async ({ world }) => {
  const page = await world.customer();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  const answers = new Map<string, Record<string, string>>();
  page.on("response", (answer) => {
    answers.set(new URL(answer.url()).pathname, answer.headers());
  });
  await page.reload();
  await page.getByRole("link", { name: world.store.name }).click();
  await page.getByRole("button", { name: "국물떡볶이 담기" }).click();
  await page.getByRole("button", { name: /1개 · ₩9,000 주문하기/ }).click();
  await expect(page.locator("[data-map=ready]")).toBeVisible();

  expect(answers.get("/customer")?.["content-encoding"]).toMatch(/br|gzip/);
  expect(answers.get("/customer")?.["content-security-policy"]).toContain("default-src 'self'");
  const scripts = [...answers].filter(([path]) => path.startsWith("/assets/line"));
  expect(scripts.length).toBeGreaterThan(0);
  for (const [path, headers] of scripts) {
    expect(headers["cache-control"], path).toContain("immutable");
    expect(headers["content-encoding"], path).toMatch(/br|gzip/);
  }
  expect(answers.get("/map/base.json")?.["content-encoding"]).toBe("gzip");
  expect(complaints).toEqual([]);
});

test("a screen that the hub has outgrown says so and reloads on a touch", async ({ world }) => {
  const page = await world.customer();
  await page.route("**/config.json", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...(await answer.json()), webBuild: "another" } });
  });
  await page.reload();
  const banner = page.getByText("새 버전이 있어요");
  await expect(banner).toBeVisible();
  await expect(page.getByTestId("line")).toHaveText("실시간");
  await page.unroute("**/config.json");
  await page.getByRole("button", { name: "새로고침" }).click();
  await expect(page.getByTestId("line")).toHaveText("실시간");
  await expect(banner).toHaveCount(0);
});

test.describe("with its worker", () => {
  test("the shell opens without a network and says what is missing", async ({ browser, world }) => {
    const context = await browser.newContext({ serviceWorkers: "allow" });
    const page = await context.newPage();
    await page.goto(`${world.url}/customer?as=${world.customerId}`);
    await expect(page.getByTestId("line")).toHaveText("실시간");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    // What the first visit fetched before there was a worker is kept from the second on.
    await page.reload();
    await expect(page.getByTestId("line")).toHaveText("실시간");
    await context.setOffline(true);
    await page.reload();
    await expect(page.getByText("서버에 닿지 못했어요")).toBeVisible();
    await context.setOffline(false);
    await page.getByRole("button", { name: "다시 시도" }).click();
    await expect(page.getByTestId("line")).toHaveText("실시간");
    await context.close();
  });
});
