// Every screen, in both themes, without a fault that a machine can find.

import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./world";

const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

for (const scheme of ["light", "dark"] as const) {
  test(`all screens can be used by everybody, ${scheme}`, async ({ world }) => {
    const pages = {
      customer: await world.customer(),
      kitchen: await world.kitchen(),
      rider: await world.rider(),
      operator: await world.operator(),
    };
    for (const [name, page] of Object.entries(pages)) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      expect(found, name).toEqual([]);
    }
  });
}

test("no screen needs sideways scrolling at 320 px", async ({ world }) => {
  const pages = [
    await world.customer(),
    await world.kitchen(),
    await world.rider(),
    await world.operator(),
  ];
  for (const page of pages) {
    await page.setViewportSize({ width: 320, height: 640 });
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(excess, page.url()).toBeLessThanOrEqual(0);
  }
});
