// An order as it is read: what happens, where it happens, and the rest. On a phone one under the
// other; where there is room the map stands beside both and stays in sight.

import type { ComponentChildren } from "preact";
import styles from "./Halves.module.css";

type Props = {
  label: string;
  /** Nothing once there is nowhere to go. */
  map: ComponentChildren;
  more: ComponentChildren;
  children: ComponentChildren;
};

export function Halves({ label, map, more, children }: Props) {
  return (
    <article class={`${styles.order} ${map ? styles.both : styles.one}`} aria-label={label}>
      <div class={styles.part}>{children}</div>
      {map && <div class={styles.map}>{map}</div>}
      <div class={styles.part}>{more}</div>
    </article>
  );
}
