// A screen's words: Korean comes with the screen, English when somebody reads it.

import { signal } from "@preact/signals";

const all: Dictionary<object>[] = [];
let isEnglishWanted = false;

/** The words of one part of the screens in both languages. */
export class Dictionary<W extends object> {
  readonly #en = signal<W | null>(null);
  #loading: Promise<void> | null = null;

  constructor(
    readonly ko: W,
    private readonly fetchEnglish: () => Promise<{ en: W }>,
  ) {
    all.push(this as unknown as Dictionary<object>);
    // A part that is loaded after the language was chosen; it repaints once its words are there.
    if (isEnglishWanted) void this.load().catch(() => {});
  }

  /** English, or Korean until that has come. */
  get en(): W {
    return this.#en.value ?? this.ko;
  }

  load(): Promise<void> {
    this.#loading ??= this.fetchEnglish().then(
      ({ en }) => {
        this.#en.value = en;
      },
      (cause) => {
        this.#loading = null;
        throw cause;
      },
    );
    return this.#loading;
  }
}

/** Fetches the English words of everything on the page, now and from then on. */
export async function loadEnglish(): Promise<void> {
  isEnglishWanted = true;
  await Promise.all(all.map((dictionary) => dictionary.load()));
}
