// The README in both languages: what one can type, and what things are called, is the same.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const read = (name: string) => readFileSync(resolve(import.meta.dirname, "../../..", name), "utf8");
const [english, korean] = [read("README.md"), read("README.ko.md")] as const;

const FENCE = /^```.*\n([\s\S]*?)^```/gm;
/** A comment in a command, or what stands beside a path. */
const WORDS = /\s+#.*$|\s{2,}\S.*$/;

/** Every line of every block, without the words beside it. */
function blocks(readme: string): string[] {
  const all = [...readme.matchAll(FENCE)].map((match) => match[1] ?? "");
  return all.flatMap((block) =>
    block.split("\n").map((line) => {
      const indent = line.match(/^ */)?.[0] ?? "";
      const text = line.slice(indent.length);
      // One path is longer than the column.
      return indent + text.replace("listener, socket ", "listener, socket  ").replace(WORDS, "");
    }),
  );
}

/** Every name in backticks, wherever a translation puts it. */
function names(readme: string): string[] {
  const spans = readme.replace(FENCE, "").matchAll(/`([^`]+)`/g);
  return [...spans].map((match) => (match[1] ?? "").replaceAll(/\s+/g, " ")).sort();
}

const links = (readme: string) =>
  [...readme.matchAll(/\]\(([^)]+)\)/g)]
    .map((match) => match[1])
    .filter((to) => !to?.startsWith("README"))
    .sort();
const headings = (readme: string) => readme.match(/^#+ /gm);

describe("both READMEs", () => {
  it("have the same commands and paths", () => {
    expect(blocks(korean)).toEqual(blocks(english));
  });

  it("name the same things", () => {
    expect(names(korean)).toEqual(names(english));
  });

  it("lead to the same places, and to each other", () => {
    expect(links(korean)).toEqual(links(english));
    expect(korean).toContain("(README.md)");
    expect(english).toContain("(README.ko.md)");
  });

  it("have the same parts", () => {
    expect(headings(korean)).toEqual(headings(english));
  });
});
