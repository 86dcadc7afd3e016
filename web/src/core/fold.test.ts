import { describe, expect, it } from "vitest";
import { type Book, enter, newer, restart } from "./fold";

type View = { id: string; version: number };
const view = (id: string, version: number): View => ({ id, version });
const idOf = ({ id }: View) => id;

describe("a fold of views", () => {
  it("keeps the highest version in whatever order they come", () => {
    const orders = [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1, 2],
      [1, 1, 3, 3],
    ];
    for (const versions of orders) {
      const last = versions.reduce<View | null>((held, n) => newer(held, view("a", n)), null);
      expect(last?.version, versions.join()).toBe(3);
    }
  });

  it("is the same book after a repeated or late view, so nothing is painted again", () => {
    const book: Book<View> = enter(new Map(), "a", view("a", 2));
    expect(enter(book, "a", view("a", 2))).toBe(book);
    expect(enter(book, "a", view("a", 1))).toBe(book);
    expect(enter(book, "a", view("a", 3))).not.toBe(book);
  });

  it("drops on a snapshot what the snapshot does not know", () => {
    const book: Book<View> = enter(new Map(), "gone", view("gone", 9));
    expect([...restart(book, [view("a", 1)], idOf).keys()]).toEqual(["a"]);
  });

  it("is not thrown back by a snapshot that is older than an answer", () => {
    const book: Book<View> = enter(new Map(), "a", view("a", 5));
    expect(restart(book, [view("a", 4)], idOf).get("a")?.version).toBe(5);
    expect(restart(book, [view("a", 6)], idOf).get("a")?.version).toBe(6);
  });
});
