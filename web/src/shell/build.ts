// Which build this page is of, and what happens when the hub has moved on to another.

import { readSettings, settings } from "../identity";
import { markOutdated, onReturn } from "../live";

declare const __BUILD__: string;

/** Once for each build: while old and new hubs stand side by side, a page could go on for ever. */
const RELOADED_FOR = "reloadedFor";

/** Looks whether the hub still serves this build, now and whenever the line comes back. */
export function followBuilds(): void {
  if (!import.meta.env.PROD) return;
  compare(settings().webBuild);
  onReturn(() => {
    readSettings().then(
      ({ webBuild }) => compare(webBuild),
      // The next break asks again.
      () => {},
    );
  });
}

function compare(served: string | null): void {
  if (served === null || served === __BUILD__) return;
  markOutdated();
  document.addEventListener("visibilitychange", () => reloadUnseen(served));
}

/** Nobody looks and nobody is being asked something: the moment to become the new version. */
function reloadUnseen(served: string): void {
  if (!document.hidden || document.querySelector("dialog[open], input:focus, textarea:focus")) {
    return;
  }
  if (sessionStorage.getItem(RELOADED_FOR) === served) return;
  sessionStorage.setItem(RELOADED_FOR, served);
  location.reload();
}
