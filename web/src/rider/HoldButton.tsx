// A button for what can't be taken back: held for a moment, by finger or by key.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { canAct } from "../live";
import { say } from "../preferences";
import styles from "./HoldButton.module.css";
import { riderWords } from "./words";

export const HOLD_MS = 600;
/** Whoever can't hold, as with a screen reader, presses twice within this time. */
const TWICE_MS = 4000;

type Props = { onConfirm: () => Promise<void>; children: ComponentChildren };
type Phase = "still" | "held" | "asked" | "busy";

export function HoldButton({ onConfirm, children }: Props) {
  const words = say(riderWords).hold;
  const phase = useSignal<Phase>("still");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const after = (ms: number, act: () => void) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(act, ms);
  };
  const confirm = async () => {
    phase.value = "busy";
    navigator.vibrate?.(80);
    await onConfirm().finally(() => {
      phase.value = "still";
    });
  };
  const hold = () => {
    if (phase.peek() === "held" || phase.peek() === "busy") return;
    phase.value = "held";
    after(HOLD_MS, () => void confirm());
  };
  const letGo = () => {
    if (phase.peek() !== "held") return;
    phase.value = "asked";
    after(TWICE_MS, () => {
      phase.value = "still";
    });
  };
  /** A press that was neither finger nor key. */
  const pressed = ({ detail }: MouseEvent) => {
    if (detail !== 0) return;
    if (phase.peek() === "asked") void confirm();
    else {
      phase.value = "held";
      letGo();
    }
  };
  const isHoldKey = ({ key }: KeyboardEvent) => key === "Enter" || key === " ";

  return (
    <>
      <button
        type="button"
        class={styles.hold}
        data-phase={phase.value}
        aria-busy={phase.value === "busy"}
        aria-describedby="hold-hint"
        disabled={!canAct.value}
        onPointerDown={hold}
        onPointerUp={letGo}
        onPointerCancel={letGo}
        onPointerLeave={letGo}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={(event) => {
          if (!isHoldKey(event)) return;
          // Or the browser presses the button by itself.
          event.preventDefault();
          // A key that stays down means one thing once.
          if (!event.repeat) hold();
        }}
        onKeyUp={(event) => {
          if (isHoldKey(event)) letGo();
        }}
        onBlur={letGo}
        onClick={pressed}
      >
        <span>{children}</span>
      </button>
      <small
        class={styles.hint}
        id="hold-hint"
        role={phase.value === "asked" ? "status" : undefined}
      >
        {phase.value === "asked" ? words.longer : words.hint}
      </small>
    </>
  );
}
