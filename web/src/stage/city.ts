// What the stage knows of the simulated city, and the two things it can change about it.

import { signal } from "@preact/signals";
import { drive, isDrivenByCity, type Part, type StageInfo } from "../shell/cast";
import { tellPanes } from "./panes";

const ASK_AGAIN_MS = 3000;

export const SPEEDS = [1, 6, 20] as const;

/** `null` before the first answer; `"none"` when the hub runs without a city. */
export const city = signal<StageInfo | "none" | null>(null);
export const hasFailed = signal(false);

export async function askCity(): Promise<void> {
  const answer = await fetch("/city").catch(() => null);
  // A hub that restarts is no reason to tear the stage down.
  if (answer === null || answer.status >= 500) {
    city.value ??= "none";
    return;
  }
  const info = answer.ok ? ((await answer.json()) as StageInfo) : null;
  city.value = info?.stage ? info : "none";
}

export function followCity(): () => void {
  void askCity();
  const asking = setInterval(askCity, ASK_AGAIN_MS);
  return () => clearInterval(asking);
}

export async function setSpeed(speed: number): Promise<void> {
  await attempt(async () => {
    const answer = await fetch("/city/speed", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ speed }),
    });
    if (!answer.ok) throw new Error(`setting the speed: ${answer.status}`);
  });
}

/** Hands one of the three people over, and tells the panes so that none has to wait. */
export async function hand(part: Part, id: string, by: "you" | "city"): Promise<void> {
  await attempt(() => drive(part, id, by));
  tellPanes("driver");
}

async function attempt(change: () => Promise<void>): Promise<void> {
  try {
    await change();
    hasFailed.value = false;
  } catch {
    hasFailed.value = true;
  }
  await askCity();
}

/** Who is played in a pane, and whether the city plays them. */
export function personOf(info: StageInfo, part: Part): { id: string; isByCity: boolean } {
  const id = info.stage[`${part}Id`];
  return { id, isByCity: isDrivenByCity(info, part, id) };
}
