// Where a token is pasted when the hub gives none away.

import { useSignal } from "@preact/signals";
import type { Role } from "../contract";
import { type SignIn as Outcome, signIn } from "../identity";
import { say } from "../preferences";
import { common } from "../words/common";
import { Button } from "./Button";
import { LanguageSwitch } from "./LanguageSwitch";
import { Refusal } from "./Notice";
import styles from "./SignIn.module.css";

export function SignIn({ role, onEnter }: { role: Role; onEnter: () => void }) {
  const words = say(common).signIn;
  const text = useSignal("");
  const outcome = useSignal<Outcome>("ok");

  const enter = () => {
    outcome.value = signIn(role, text.value);
    if (outcome.value === "ok") onEnter();
  };

  return (
    <main class={styles.card}>
      <div class={styles.head}>
        <h1>{words.title}</h1>
        <LanguageSwitch />
      </div>
      <label class={styles.field}>
        {words.token}
        <textarea
          rows={5}
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <p class={styles.hint}>{words.hint}</p>
      <Refusal text={outcome.value === "ok" ? null : words[outcome.value]} />
      <Button local look="primary" disabled={text.value.trim() === ""} onPress={enter}>
        {words.enter}
      </Button>
    </main>
  );
}
