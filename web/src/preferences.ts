// What a person chose about the look: language and theme. Kept, and shared by all open screens.

import { effect, signal } from "@preact/signals";
import type { Language } from "./core/formats";
import { loadEnglish } from "./words/dictionary";

export type Theme = "system" | "light" | "dark";

const LANGUAGE = "language";
const THEME = "theme";

function keptLanguage(): Language {
  const kept = localStorage.getItem(LANGUAGE);
  if (kept === "ko" || kept === "en") return kept;
  // Korean first; English only for those whose browser asks for it and never for Korean.
  const asked = navigator.languages.map((tag) => tag.slice(0, 2));
  return !asked.includes("ko") && asked.includes("en") ? "en" : "ko";
}

function keptTheme(): Theme {
  const kept = localStorage.getItem(THEME);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export const language = signal<Language>(keptLanguage());
export const theme = signal<Theme>(keptTheme());

/** Changes the language once its words are there; without a network it stays as it is. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await speak(chosen);
  localStorage.setItem(LANGUAGE, chosen);
}

/** The words of the language that was kept, so that nobody first sees another one. */
export async function readyToSpeak(): Promise<void> {
  // Korean words always come with the screen, and are better than none.
  if (language.value === "en") await loadEnglish().catch(() => {});
}

async function speak(chosen: Language): Promise<void> {
  if (chosen === "en") await loadEnglish();
  language.value = chosen;
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(THEME, chosen);
  theme.value = chosen;
}

/** The words of a screen in the chosen language; a component that asks follows the choice. */
export function say<W>(words: { readonly ko: W; readonly en: W }): W {
  return words[language.value];
}

// The panes of the stage are pages of their own; a choice made in one reaches the others here.
addEventListener("storage", (event) => {
  if (event.key === LANGUAGE) void speak(keptLanguage()).catch(() => {});
  if (event.key === THEME) theme.value = keptTheme();
});

effect(() => {
  document.documentElement.lang = language.value;
});

effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") delete root.dataset.theme;
  else root.dataset.theme = theme.value;
});
