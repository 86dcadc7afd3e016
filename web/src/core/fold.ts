// Folds of whole views: the highest version of each thing wins. Knows nothing of sockets or screens.

export type Versioned = { version: number };

/** Keeps whichever of the two is newer; an equal version changes nothing. */
export function newer<T extends Versioned>(held: T | null, came: T): T {
  return held !== null && held.version >= came.version ? held : came;
}

/** All views of one kind, by id. Never changed in place, so that a signal can hold it. */
export type Book<T extends Versioned> = ReadonlyMap<string, T>;

/** Adds a view unless the book already holds one at least as new; then answers the same book. */
export function enter<T extends Versioned>(book: Book<T>, id: string, came: T): Book<T> {
  const held = book.get(id) ?? null;
  const kept = newer(held, came);
  return kept === held ? book : new Map(book).set(id, kept);
}

/**
 * Starts over from a snapshot. What it leaves out is gone; what it shows older than we know keeps
 * our version, because the answer to a command may have overtaken it.
 */
export function restart<T extends Versioned>(
  book: Book<T>,
  views: readonly T[],
  idOf: (view: T) => string,
): Book<T> {
  return new Map(views.map((view) => [idOf(view), newer(book.get(idOf(view)) ?? null, view)]));
}
