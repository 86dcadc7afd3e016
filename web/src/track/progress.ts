// The one order that a guest was shown the way to, as it comes from the hub.

import { signal } from "@preact/signals";
import type { Progress, ProgressNews, ProgressSnapshot } from "../contract";
import { newer } from "../core/fold";
import { type Fix, fixAfter } from "../customer/tracked";
import { me } from "../identity";
import { follow } from "../live";

/** How far it is, as far as is known. */
export const progress = signal<Progress | null>(null);

/** Where its rider is; nobody says so to a guest once the door is near. */
export const fix = signal<Fix | null>(null);

/** The hub has no such order, or none for this link. */
export const isRefused = signal(false);

/** Follows it for as long as the page is open. */
export function followProgress(): () => void {
  return follow<ProgressSnapshot, ProgressNews>(`order:${me().id}`, {
    recoverable: true,
    snapshot: (snapshot) => {
      progress.value = newer(progress.value, snapshot.progress);
    },
    forget: () => {
      progress.value = null;
      fix.value = null;
    },
    news: (news) => {
      if (news.type === "progress") progress.value = newer(progress.value, news.progress);
      else if (news.type === "riderLocation") fix.value = fixAfter(fix.value, news);
    },
    refused: () => {
      isRefused.value = true;
    },
  });
}
