// Which orders a snapshot or a piece of news shows, and in which version.

export type Sighting = { id: string; version: number };

/** The orders that a snapshot or a piece of news shows, in whatever form a role is shown them. */
export function sightingsIn(data: unknown): Sighting[] {
  if (typeof data !== "object" || data === null) return [];
  const { order, orders, ticket, tickets, job, jobs } = data as Record<string, unknown>;
  return [data, order, ticket, job, orders, tickets, jobs].flat().flatMap((view) => {
    if (typeof view !== "object" || view === null) return [];
    const { id, orderId, version } = view as Record<string, unknown>;
    const name = orderId ?? id;
    return typeof name === "string" && typeof version === "number" ? [{ id: name, version }] : [];
  });
}
