// Asks for the position with its reason first, and says how old the last one is.

import { secondsSince } from "../core/clock";
import { serverNow } from "../live";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import { failure, fix, isUnavailable, sentAtMs, usePhone } from "./position";
import styles from "./RiderScreen.module.css";
import { riderWords } from "./words";

export function WhereAmI() {
  const words = say(riderWords).where;
  const sent = sentAtMs.value === null ? null : new Date(sentAtMs.value).toISOString();
  const age = secondsSince(sent, serverNow.value);
  return (
    <>
      <div class={styles.where}>
        {fix.value === null ? (
          <p>
            {words.why} {words.map}
          </p>
        ) : (
          <p>
            {age === null ? words.sending : words.sent(say(common).secondsAgo(age))} ·{" "}
            {words.choose}
          </p>
        )}
        <Button local onPress={usePhone}>
          {words.gps}
        </Button>
      </div>
      <Refusal text={isUnavailable.value ? words.failed : failure.value} />
    </>
  );
}
