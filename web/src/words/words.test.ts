import { describe, expect, it } from "vitest";
import { customerWords } from "../customer/words";
import { operatorWords } from "../operator/words";
import { riderWords } from "../rider/words";
import { stageWords } from "../stage/words";
import { settingsWords } from "../store/settingsWords";
import { sheetWords } from "../store/sheetWords";
import { storeWords } from "../store/words";
import { trackWords } from "../track/words";
import { common } from "./common";
import { loadEnglish } from "./dictionary";

await loadEnglish();

const ALL = {
  common,
  customerWords,
  operatorWords,
  riderWords,
  stageWords,
  storeWords,
  sheetWords,
  settingsWords,
  trackWords,
};

/** Every sentence of a dictionary with its path; functions are asked with plausible arguments. */
function sentences(words: object, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] => {
    const here = `${path}.${key}`;
    if (typeof value === "string") return [[here, value]];
    if (typeof value === "function") return [[here, String(value(3, "가게"))]];
    return sentences(value as object, here);
  });
}

const paths = (words: object) => sentences(words).map(([path]) => path);
const hangul = /[가-힣]/;
// The one place where each language names the other.
const OTHER_TONGUE = [".language", ".languageLabel"];

describe.each(Object.entries(ALL))("the words of %s", (_, { ko, en }) => {
  it("are the same set in both languages, down to the keys of open lists", () => {
    expect(paths(en)).toEqual(paths(ko));
  });

  it("are never empty", () => {
    for (const [path, text] of [...sentences(ko), ...sentences(en)]) {
      expect(text.trim(), path).not.toBe("");
    }
  });

  it("hold no Korean in English", () => {
    const own = sentences(en).filter(([path]) => !OTHER_TONGUE.includes(path));
    for (const [path, text] of own) expect(hangul.test(text.replace("가게", "")), path).toBe(false);
  });
});
