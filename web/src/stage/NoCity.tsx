// The stage without a town: what that means, and the doors to the single screens.

import { say } from "../preferences";
import { ROLES } from "./Pane";
import styles from "./Stage.module.css";
import { stageWords } from "./words";

export function NoCity() {
  const words = say(stageWords);
  return (
    <main class={styles.none}>
      <h2>{words.noCity.title}</h2>
      <p>{words.noCity.body}</p>
      <ul>
        {ROLES.map((role) => (
          <li key={role} data-role={role}>
            <a href={`/${role}`}>{words.panes[role]}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}
