// The stage and its four panes: what they say to each other. Each pane is a page of its own.

import { signal } from "@preact/signals";
import type { StageRole } from "./Pane";

/** What a pane tells the stage. */
export type PaneNews =
  | { kind: "event"; event: string }
  | { kind: "caughtUp"; seconds: number; missed: number; lost: number | null };

/** What the stage tells a pane. */
export type StageWord = { kind: "cutLine"; ms: number };

/** The last thing that each pane said after a break. */
export const returns = signal<ReadonlyMap<StageRole, PaneNews & { kind: "caughtUp" }>>(new Map());

/** The last event that any pane was shown, and which one. */
export const lastEvent = signal<{ role: StageRole; event: string } | null>(null);

const frames = () => [...document.querySelectorAll<HTMLIFrameElement>("iframe[data-pane]")];

export function tellPanes(word: StageWord | "driver"): void {
  for (const frame of frames()) frame.contentWindow?.postMessage(word, location.origin);
}

/** Listens until the returned function is called. */
export function listenToPanes(): () => void {
  const hear = ({ origin, source, data }: MessageEvent<PaneNews>) => {
    if (origin !== location.origin) return;
    const frame = frames().find(({ contentWindow }) => contentWindow === source);
    const role = frame?.dataset.pane as StageRole | undefined;
    if (role === undefined) return;
    if (data?.kind === "event") lastEvent.value = { role, event: data.event };
    if (data?.kind === "caughtUp") returns.value = new Map(returns.value).set(role, data);
  };
  addEventListener("message", hear);
  return () => removeEventListener("message", hear);
}
