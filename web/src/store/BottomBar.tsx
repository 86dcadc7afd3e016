// The last step of the kitchen can be taken back for a few seconds, from any tablet of the store.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inWords } from "../api";
import { secondsUntil } from "../core/clock";
import { serverNow } from "../live";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { isWorking, lastStep, step } from "./tickets";
import styles from "./UndoBar.module.css";
import { storeWords } from "./words";

export function UndoBar() {
  const words = say(storeWords);
  const failed = useSignal<string | null>(null);
  const ticket = lastStep.value;

  useEffect(() => {
    if (ticket !== null) failed.value = null;
  }, [ticket]);

  if (!isWorking.value) return null;
  if (ticket === null) return <Refusal text={failed.value} />;
  const takeBack = () =>
    step(ticket, "undo").catch((failure) => {
      failed.value = inWords(failure);
    });
  const what = ticket.state === "COOKED" ? words.finish : words.start;
  const left = secondsUntil(ticket.undoUntil, serverNow.value) ?? 0;
  return (
    <div class={styles.bar}>
      <Button onPress={takeBack}>
        {words.undo(ticket.number, what)} · {words.undoLeft(left)}
      </Button>
    </div>
  );
}
