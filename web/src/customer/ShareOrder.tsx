// A link with which somebody without an account sees how far this order is, and nothing else.

import { useSignal } from "@preact/signals";
import { ask, inWords } from "../api";
import type { Order, Share } from "../contract";
import { timeOfDay } from "../core/formats";
import { isEnded } from "../core/steps";
import { settings } from "../identity";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { isWatching } from "../shell/driver";
import { Refusal } from "../shell/Notice";
import styles from "./ShareOrder.module.css";
import { customerWords } from "./words";

/** What became of a link: in the clipboard, or here to be copied by hand. */
type Made = { link: string; until: string; isCopied: boolean };

export function ShareOrder({ order }: { order: Order }) {
  const words = say(customerWords).share;
  const made = useSignal<Made | null>(null);
  const failed = useSignal<string | null>(null);
  if (!settings().sharing || isWatching.value || isEnded(order.state)) return null;

  const share = async () => {
    failed.value = null;
    made.value = null;
    try {
      const { body } = await ask<Share>("POST", `/orders/${order.id}/share`);
      // Behind the hash it reaches nobody but whoever opens it.
      const link = `${location.origin}/track#${body.token}`;
      if (await handedOver(words.text(order.store.name), link)) return;
      made.value = { link, until: body.expiresAt, isCopied: await isCopied(link) };
    } catch (failure) {
      failed.value = inWords(failure);
    }
  };

  return (
    <div class={styles.share}>
      <Button onPress={share}>{words.button}</Button>
      <p>{words.hint}</p>
      <Refusal text={failed.value} />
      {made.value && <Link {...made.value} />}
    </div>
  );
}

function Link({ link, until, isCopied }: Made) {
  const words = say(customerWords).share;
  const end = words.until(timeOfDay(until, language.value));
  if (isCopied) return <p role="status">{`${words.copied} ${end}`}</p>;
  return (
    <label class={styles.link}>
      {`${words.copy} ${end}`}
      <input readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
    </label>
  );
}

/** Gives a link to the phone's own sharing. False where there is none. */
async function handedOver(text: string, url: string): Promise<boolean> {
  if (!("share" in navigator)) return false;
  try {
    await navigator.share({ text, url });
    return true;
  } catch (failure) {
    // Whoever closes it has decided; whatever else goes wrong, the link is there to be copied.
    return failure instanceof DOMException && failure.name === "AbortError";
  }
}

async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
