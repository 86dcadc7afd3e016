// In a pane: tells the stage what happens here, and after a break what was missed and what is
// still missing, by asking the hub over the other way in.

import { effect } from "@preact/signals";
import { get } from "../api";
import { sightingsIn } from "../core/sightings";
import { Tally } from "../core/tally";
import { cutLine, isUpToDate, overhear } from "../live";
import type { PaneNews, StageWord } from "../stage/panes";

/** What was missed has come by then; what comes later is news. */
const CAUGHT_UP_MS = 500;
/** News that are on their way are not lost. */
const ON_THE_WAY_MS = 1500;
/** Checked after a break; older orders have come to rest. */
const CHECKED_MAX = 20;

const tally = new Tally();

export function bearWitness(): void {
  overhear((channel, data) => {
    // Jobs that are only offered are not this person's to ask about.
    if (channel.includes(":")) tally.note(sightingsIn(data));
    const { event } = data as { event?: unknown };
    if (typeof event === "string") tell({ kind: "event", event });
  });
  addEventListener("message", ({ origin, data }: MessageEvent<StageWord | unknown>) => {
    const word = data as StageWord;
    if (origin === location.origin && word?.kind === "cutLine") cutLine(word.ms);
  });
  watchLine();
}

function watchLine(): void {
  let wasUp = false;
  let before = tally.copy();
  let downAt = 0;
  effect(() => {
    const isUp = isUpToDate.value;
    if (isUp === wasUp) return;
    wasUp = isUp;
    if (!isUp) {
      before = tally.copy();
      downAt = Date.now();
    } else if (downAt > 0) {
      const seconds = (Date.now() - downAt) / 1000;
      const known = before;
      setTimeout(() => void report(known, seconds), CAUGHT_UP_MS);
    }
  });
}

async function report(before: Tally, seconds: number): Promise<void> {
  const missed = tally.since(before);
  const lost = await stillMissing();
  tell({ kind: "caughtUp", seconds, missed, lost });
}

/** How many events the hub knows and this page does not; `null` if nobody could be asked. */
async function stillMissing(): Promise<number | null> {
  const truth = await Promise.all(
    tally.newest(CHECKED_MAX).map((id) =>
      // A rider may have let a job go, and then it is not theirs to ask for.
      get<{ id: string; version: number }>(`/orders/${id}`).catch(() => null),
    ),
  );
  const known = truth.filter((order) => order !== null);
  if (known.length === 0 && truth.length > 0) return null;
  await new Promise((waited) => setTimeout(waited, ON_THE_WAY_MS));
  return known.reduce(
    (lost, { id, version }) => lost + Math.max(0, version - tally.versionOf(id)),
    0,
  );
}

function tell(news: PaneNews): void {
  parent.postMessage(news, location.origin);
}
