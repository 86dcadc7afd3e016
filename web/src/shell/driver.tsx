// Who moves the person of this page: somebody at a screen, or the simulated city.

import { signal } from "@preact/signals";
import { me, settings } from "../identity";
import type { StageInfo } from "../news";
import { say } from "../preferences";
import { common } from "../words/common";
import { Button } from "./Button";
import { drive, isDrivenByCity } from "./cast";
import styles from "./driver.module.css";
import { isPane } from "./pane";

const ASK_AGAIN_MS = 5000;

/** True while the city acts for this person; the screen then only watches. */
export const isWatching = signal(false);

async function askCity(): Promise<void> {
  const { role, id } = me();
  if (role === "operator") return;
  const answer = await fetch("/city").catch(() => null);
  if (answer === null) return;
  isWatching.value = answer.ok && isDrivenByCity((await answer.json()) as StageInfo, role, id);
}

/** Keeps `isWatching` true to the city. The stage tells its panes at once; others ask. */
export function followDriver(): void {
  if (!settings().city) return;
  void askCity();
  setInterval(askCity, ASK_AGAIN_MS);
  addEventListener("message", (event) => {
    if (event.origin === location.origin && event.data === "driver") void askCity();
  });
}

/** Says that the city is at the wheel. In a pane the stage has the button for it. */
export function WatchingNote() {
  const words = say(common);
  const { role, id } = me();
  if (!isWatching.value || isPane || role === "operator") return null;
  return (
    <div class={styles.note}>
      <span>{words.watching}</span>
      <Button onPress={() => drive(role, id, "you").then(askCity)}>{words.takeOver}</Button>
    </div>
  );
}
