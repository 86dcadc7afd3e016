// The stage: four live panes on one town, each of which can be taken over by hand.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { chooseTheme, say, type Theme, theme } from "../preferences";
import { LanguageSwitch } from "../shell/LanguageSwitch";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import { city, followCity, hasFailed, SPEEDS, setSpeed } from "./city";
import { NoCity } from "./NoCity";
import { Pane, ROLES, type StageRole } from "./Pane";
import { listenToPanes } from "./panes";
import styles from "./Stage.module.css";
import { Tour } from "./Tour";
import { Troubles } from "./Troubles";
import { at, start } from "./tour";
import { stageWords } from "./words";

export function Stage() {
  const words = say(stageWords);
  const open = useSignal<StageRole>("customer");
  useEffect(followCity, []);
  useEffect(listenToPanes, []);
  useEffect(() => {
    document.title = `${words.title} · ${say(common).product}`;
  }, [words]);

  const info = city.value;
  return (
    <div class={styles.stage}>
      <header class={styles.head}>
        <h1>{say(common).product}</h1>
        <p>{words.lead}</p>
        {info !== null && info !== "none" && (
          <>
            {at.value === null && (
              <button type="button" class={styles.word} onClick={start}>
                {words.tour.start}
              </button>
            )}
            <Speed speed={info.speed} />
          </>
        )}
        <ThemeSwitch />
        <LanguageSwitch />
      </header>
      <Refusal text={hasFailed.value ? words.failed : null} />
      {info === "none" && <NoCity />}
      {info !== null && info !== "none" && (
        <>
          <Tour />
          <nav class={styles.tabs} aria-label={words.panesLabel}>
            {ROLES.map((role) => (
              <button
                key={role}
                type="button"
                data-role={role}
                aria-pressed={open.value === role}
                onClick={() => {
                  open.value = role;
                }}
              >
                {words.panes[role]}
              </button>
            ))}
          </nav>
          <main class={styles.panes}>
            {ROLES.map((role) => (
              <Pane key={role} role={role} info={info} isOpen={open.value === role} />
            ))}
          </main>
          <Troubles />
        </>
      )}
    </div>
  );
}

function Speed({ speed }: { speed: number }) {
  return (
    <fieldset class={styles.speed} aria-label={say(stageWords).speed}>
      {SPEEDS.map((times) => (
        <button
          key={times}
          type="button"
          aria-pressed={speed === times}
          onClick={() => setSpeed(times)}
        >
          {times}×
        </button>
      ))}
    </fieldset>
  );
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function ThemeSwitch() {
  const words = say(common).theme;
  return (
    <button
      type="button"
      class={styles.theme}
      aria-label={words[theme.value]}
      title={words[theme.value]}
      onClick={() => chooseTheme(NEXT[theme.value])}
    >
      <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
        <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2" />
        {theme.value !== "light" && <path d="M12 4a8 8 0 0 0 0 16z" fill="currentColor" />}
        {theme.value === "dark" && <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />}
      </svg>
    </button>
  );
}
