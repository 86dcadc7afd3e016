// What a machine finds wrong with a page.

import type AxeBuilder from "@axe-core/playwright";

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
