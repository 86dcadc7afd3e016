// Things said in place: an empty list, a refusal, a wait.

import type { ComponentChildren } from "preact";
import { say } from "../preferences";
import { common } from "../words/common";
import styles from "./Notice.module.css";

/** A sentence where a list would be, and what to do about it. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class={styles.empty}>{children}</div>;
}

/** Why something was refused; goes away when it is tried again. */
export function Refusal({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <p class={styles.refusal} role="alert">
      {text}
    </p>
  );
}

/** Grey blocks in the size of what will stand there. */
export function Skeleton({ heights }: { heights: number[] }) {
  return (
    <div class={styles.skeleton} role="status" aria-label={say(common).loading}>
      {heights.map((height, at) => (
        <span key={at} style={{ height: `${height}px` }} />
      ))}
    </div>
  );
}
