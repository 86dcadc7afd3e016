// Trouble on purpose: asking the city for it, and remembering what came of it.

import { signal } from "@preact/signals";
import { askCity } from "./city";
import { returns, tellPanes } from "./panes";

export const TROUBLES = [
  "drop",
  "hubRestart",
  "riderSilent",
  "storeDeaf",
  "cookLate",
  "race",
  "rush",
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Long enough for something to happen meanwhile, at six times the speed of life. */
const DROP_MS = 10_000;

export type Outcome = {
  lastsSeconds?: number;
  orders?: number;
  minutes?: number;
  number?: number;
  riders?: number;
  won?: number;
  taken?: number;
};

/** What came of the last trouble, or why there was none: the refusal's code. */
export const last = signal<{ trouble: Trouble; outcome: Outcome | string } | null>(null);

/** The one that was asked for and has not been answered; a race waits for its prize. */
export const pending = signal<Trouble | null>(null);

export async function make(trouble: Trouble): Promise<void> {
  if (pending.value !== null) return;
  returns.value = new Map();
  if (trouble === "drop") {
    tellPanes({ kind: "cutLine", ms: DROP_MS });
    last.value = { trouble, outcome: { lastsSeconds: DROP_MS / 1000 } };
    return;
  }
  pending.value = trouble;
  last.value = { trouble, outcome: await ask(trouble) };
  pending.value = null;
  await askCity();
}

async function ask(trouble: Trouble): Promise<Outcome | string> {
  try {
    const answer = await fetch(`/city/troubles/${trouble}`, { method: "PUT" });
    const body = (await answer.json()) as { outcome?: Outcome; code?: string };
    return answer.ok ? (body.outcome ?? {}) : (body.code ?? "unavailable");
  } catch {
    return "unavailable";
  }
}
