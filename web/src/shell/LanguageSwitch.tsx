// Korean or English, one touch away on every screen.

import { chooseLanguage, language, say } from "../preferences";
import { common } from "../words/common";
import styles from "./LanguageSwitch.module.css";

/** Says the other language in its own words, so that nobody has to read the wrong one. */
export function LanguageSwitch() {
  const words = say(common);
  const other = language.value === "ko" ? "en" : "ko";
  return (
    <button
      type="button"
      class={styles.language}
      lang={other}
      aria-label={words.languageLabel}
      onClick={() => void chooseLanguage(other).catch(() => {})}
    >
      {other === "en" ? "EN" : "한"}
    </button>
  );
}
