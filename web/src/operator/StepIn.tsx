// Stepping into an order: only with words that say why, and asked twice.

import { useSignal } from "@preact/signals";
import { inWords } from "../api";
import type { Order } from "../contract";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Refusal } from "../shell/Notice";
import styles from "./OperatorScreen.module.css";
import { type Deed, settleRefund, stepIn } from "./orders";
import { operatorWords } from "./words";

/** The hub takes no more. */
const TEXT_MAX = 200;

type Props = { order: Order; deed: Deed | "settle" };

export function StepIn({ order, deed }: Props) {
  const isOpen = useSignal(false);
  const close = () => {
    isOpen.value = false;
  };
  return (
    <>
      <Button
        local
        look={deed === "cancel" ? "danger" : "plain"}
        onPress={() => (isOpen.value = true)}
      >
        {say(operatorWords).deeds[deed].name}
      </Button>
      {isOpen.value && <Question order={order} deed={deed} onClose={close} />}
    </>
  );
}

function Question({ order, deed, onClose }: Props & { onClose: () => void }) {
  const words = say(operatorWords);
  const { title, hint, field, name } = words.deeds[deed];
  const text = useSignal("");
  const failed = useSignal<string | null>(null);
  const run = async () => {
    failed.value = null;
    const because = text.value.trim();
    try {
      await (deed === "settle" ? settleRefund(order, because) : stepIn(order, deed, because));
      onClose();
    } catch (failure) {
      failed.value = inWords(failure);
    }
  };
  return (
    <Dialog title={title(order.number)} onClose={onClose}>
      <p>{hint}</p>
      <label class={styles.reason}>
        {field}
        <textarea
          rows={2}
          maxLength={TEXT_MAX}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <Refusal text={failed.value} />
      <Button look="danger" disabled={text.value.trim() === ""} onPress={run}>
        {name}
      </Button>
      <Button local onPress={onClose}>
        {words.leave}
      </Button>
    </Dialog>
  );
}
