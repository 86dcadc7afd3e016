// Asks for the position with its reason first, and says whether the hub gets it.

import { useEffect } from "preact/hooks";
import { secondsSince } from "../core/clock";
import { FIX_REPEAT_SECONDS } from "../core/thresholds";
import { canAct, serverNow } from "../live";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import {
  failure,
  fix,
  isUnavailable,
  sentAtMs,
  trouble,
  usePhone,
  usePhoneAgain,
} from "./position";
import styles from "./RiderScreen.module.css";
import { riderWords } from "./words";

export function WhereAmI() {
  const words = say(riderWords).where;
  useEffect(() => void usePhoneAgain(), []);
  if (fix.value === null) {
    return (
      <>
        <div class={styles.where}>
          <p>
            {words.why} {words.map}
          </p>
          <Button local look={isUnavailable.value ? "plain" : "primary"} onPress={usePhone}>
            {words.gps}
          </Button>
        </div>
        <Refusal text={isUnavailable.value ? words.failed : null} />
      </>
    );
  }
  return (
    <>
      <div class={styles.where}>
        <Health />
        {fix.value.atMs === null && (
          <Button local onPress={usePhone}>
            {words.gps}
          </Button>
        )}
      </div>
      <Refusal text={isUnavailable.value ? words.failed : failure.value} />
    </>
  );
}

/** Whether the position arrives, how old the last one is, and what is wrong if it does not. */
function Health() {
  const words = say(riderWords).where;
  const sent = sentAtMs.value === null ? null : new Date(sentAtMs.value).toISOString();
  const age = secondsSince(sent, serverNow.value);
  const isLate = age !== null && (age > 2 * FIX_REPEAT_SECONDS || !canAct.value);
  const ago = age === null ? null : say(common).secondsAgo(age);
  const state = trouble.value ?? (isLate ? "late" : age === null ? "first" : "good");
  return (
    <p class={styles.health} data-state={state}>
      {trouble.value !== null
        ? words[trouble.value]
        : ago === null
          ? words.sending
          : isLate
            ? words.late(ago)
            : words.sent(ago)}
      {fix.value?.atMs === null && <small>{words.choose}</small>}
    </p>
  );
}
