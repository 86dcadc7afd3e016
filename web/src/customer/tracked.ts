// What is needed of an order to show how far it is: its customer's, or a guest's view of it.

import type { Order, Progress } from "../contract";
import { bearing, type Point } from "../core/geometry";

export type Tracked = Progress & Partial<Pick<Order, "address">>;

/** Where a rider was last heard of. */
export type Fix = { point: Point; heading: number | null; at: string };

type Heard = Point & { heading?: number | null; at: string };

/** The rider's place after news of it. */
export function fixAfter(before: Fix | null, { lat, lng, heading, at }: Heard): Fix {
  const point = { lat, lng };
  // A phone that does not say where it heads is asked by its way; standing, it keeps it.
  const way = before === null ? null : (bearing(before.point, point) ?? before.heading);
  return { point, heading: heading ?? way, at };
}
