// Counts what a screen missed, from versions alone: an order's version is the number of its events.

import type { Sighting } from "./sightings";

/** The highest version seen of each order. */
export class Tally {
  readonly #seen = new Map<string, number>();

  note(sightings: readonly Sighting[]): void {
    for (const { id, version } of sightings) {
      if (version > (this.#seen.get(id) ?? 0)) this.#seen.set(id, version);
    }
  }

  versionOf(id: string): number {
    return this.#seen.get(id) ?? 0;
  }

  /** The newest so many orders; ids are made in the order of time. */
  newest(count: number): string[] {
    return [...this.#seen.keys()].sort().slice(-count);
  }

  copy(): Tally {
    const copy = new Tally();
    copy.note([...this.#seen].map(([id, version]) => ({ id, version })));
    return copy;
  }

  /** How many events happened since `before`. */
  since(before: Tally): number {
    let events = 0;
    for (const [id, version] of this.#seen) events += version - before.versionOf(id);
    return events;
  }
}
