// How this device shows the board: what it says aloud, its keys, and how long is too long.

import { COLUMNS, type Column } from "../core/board";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { common } from "../words/common";
import { allowNotifications, speak } from "./calls";
import { type Choices, choices, chooseForBoard } from "./choices";
import { hear } from "./ring";
import styles from "./Sheet.module.css";
import { settingsWords } from "./settingsWords";
import { storeWords } from "./words";

const TARGET_MINUTES_MAX = 60;

export function BoardSettings({ onClose }: { onClose: () => void }) {
  const words = say(settingsWords);
  const canNotify = "Notification" in window && Notification.permission !== "denied";
  const voice = (isOn: boolean) => {
    chooseForBoard({ voice: isOn });
    if (isOn) speak();
  };
  const notify = (isOn: boolean) =>
    isOn ? void allowNotifications() : chooseForBoard({ notify: false });
  return (
    <>
      <Button local onPress={hear}>
        {words.test}
      </Button>
      <div class={styles.list}>
        <Switch name="voice" onTurn={voice} />
        {canNotify && <Switch name="notify" onTurn={notify} />}
        {!canNotify && <p class={styles.hint}>{words.noNotify}</p>}
        <Switch name="awake" />
        <Switch name="keys" />
      </div>
      <h3>{words.keysTitle}</h3>
      <dl class={styles.keys}>
        {Object.entries(words.keysOf).map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>{words.targets}</h3>
      <div class={styles.targets}>
        {COLUMNS.map((column) => (
          <Target key={column} column={column} />
        ))}
      </div>
      <Button local onPress={onClose}>
        {say(common).close}
      </Button>
    </>
  );
}

type SwitchProps = {
  name: "voice" | "notify" | "awake" | "keys";
  onTurn?: (isOn: boolean) => void;
};

function Switch({ name, onTurn }: SwitchProps) {
  const words = say(settingsWords);
  const isOn = choices.value[name];
  const turn = onTurn ?? ((on: boolean) => chooseForBoard({ [name]: on } as Partial<Choices>));
  return (
    <button
      type="button"
      role="switch"
      class={styles.switch}
      aria-checked={isOn}
      onClick={() => turn(!isOn)}
    >
      <span>{words[name]}</span>
      <b>{isOn ? words.on : words.off}</b>
    </button>
  );
}

function Target({ column }: { column: Column }) {
  const words = say(storeWords);
  const targetMinutes = choices.value.targetMinutes;
  const change = (text: string) => {
    const minutes = Math.round(Number(text));
    if (minutes < 1 || minutes > TARGET_MINUTES_MAX) return;
    chooseForBoard({ targetMinutes: { ...targetMinutes, [column]: minutes } });
  };
  return (
    <label>
      {words.columns[column]}
      <span>
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={TARGET_MINUTES_MAX}
          value={targetMinutes[column]}
          onChange={(event) => change(event.currentTarget.value)}
        />
        {say(settingsWords).minutes}
      </span>
    </label>
  );
}
