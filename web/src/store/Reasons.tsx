// Reasons to choose from, each one touch away.

import { Button } from "../shell/Button";
import styles from "./Reasons.module.css";

type Props = {
  label: string;
  reasons: Record<string, string>;
  onChoose: (reason: string) => Promise<void>;
};

export function Reasons({ label, reasons, onChoose }: Props) {
  return (
    <ul class={styles.chips} aria-label={label}>
      {Object.entries(reasons).map(([reason, word]) => (
        <li key={reason}>
          <Button look="danger" onPress={() => onChoose(reason)}>
            {word}
          </Button>
        </li>
      ))}
    </ul>
  );
}
