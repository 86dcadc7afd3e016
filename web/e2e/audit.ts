// What a machine finds wrong with a page.

import type AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** Shows a page by day or by night, and waits until no colour is on its way between the two. */
export async function dress(page: Page, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map(({ finished }) => finished)),
  );
}

/**
 * Every fault with the first place that has it. Pins that lie over each other on a map are none:
 * what a pin does, a row of the list beside the map does as well.
 */
export async function faultsOf(reader: AxeBuilder): Promise<string[]> {
  const { violations } = await reader.analyze();
  return violations.flatMap(({ id, nodes }) => {
    const isPin = (html: string) => id === "target-size" && html.includes("leaflet-marker-icon");
    const [first] = nodes.filter(({ html }) => !isPin(html));
    return first === undefined ? [] : [`${id}: ${first.html}`];
  });
}
