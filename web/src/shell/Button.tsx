// A button that commands something: shows that it is on its way, and why it can't be pressed.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { canAct } from "../live";
import { say } from "../preferences";
import { common } from "../words/common";
import styles from "./Button.module.css";

type Props = {
  /** What it does; it can't be pressed again until that has settled. */
  onPress: () => unknown;
  look?: "primary" | "plain" | "danger" | "quiet";
  disabled?: boolean;
  /** Works without a line, because it sends nothing. */
  local?: boolean;
  label?: string;
  pressed?: boolean;
  children: ComponentChildren;
};

export function Button(props: Props) {
  const { onPress, look = "plain", disabled = false, local = false, label, pressed } = props;
  const busy = useSignal(false);
  const cut = !local && !canAct.value;

  const press = async () => {
    if (busy.value) return;
    busy.value = true;
    try {
      await onPress();
    } finally {
      busy.value = false;
    }
  };

  return (
    <button
      type="button"
      class={`${styles.button} ${styles[look]}`}
      disabled={disabled || cut}
      aria-busy={busy.value}
      aria-label={label}
      aria-pressed={pressed}
      title={cut ? say(common).offlineWhy : undefined}
      onClick={press}
    >
      <span class={styles.face}>{props.children}</span>
      {busy.value && <span class={styles.spinner} aria-hidden="true" />}
    </button>
  );
}
