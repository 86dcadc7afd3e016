// The rider: on duty or not, my jobs, and the jobs nearby on a map and in a list.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inWords } from "../api";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { isWatching, WatchingNote } from "../shell/driver";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import { Screen } from "../shell/Screen";
import { Feed } from "./Feed";
import { followWork, goOffline, goOnline, isOnline, mine, position, rider } from "./jobs";
import { EndedJob, MyJobs } from "./MyJobs";
import { RiderMap } from "./RiderMap";
import styles from "./RiderScreen.module.css";
import { WhereAmI } from "./WhereAmI";
import { riderWords } from "./words";

export function RiderScreen() {
  const words = say(riderWords);
  useEffect(followWork, []);
  useEffect(() => {
    document.title = words.title;
  }, [words]);

  return (
    <Screen title={words.title}>
      <WatchingNote />
      {rider.value === null ? <Skeleton heights={[56, 260, 76, 76]} /> : <Duty />}
    </Screen>
  );
}

function Duty() {
  const words = say(riderWords);
  if (!isOnline.value) {
    return (
      <>
        <DutySwitch />
        <Empty>{isWatching.value ? words.watching : words.offlineHint}</Empty>
      </>
    );
  }
  return (
    <>
      <DutySwitch />
      {!isWatching.value && <WhereAmI />}
      <EndedJob />
      <MyJobs />
      <RiderMap />
      {position.value !== null && (mine.value.length === 0 || !isWatching.value) && <Feed />}
    </>
  );
}

function DutySwitch() {
  const words = say(riderWords);
  const failed = useSignal<string | null>(null);
  const turn = async () => {
    failed.value = null;
    await (isOnline.value ? goOffline() : goOnline()).catch((failure) => {
      failed.value = inWords(failure);
    });
  };
  if (isWatching.value) return null;
  return (
    <>
      <div class={styles.duty} data-online={isOnline.value}>
        <span>{isOnline.value ? words.online : words.offline}</span>
        <Button look={isOnline.value ? "plain" : "primary"} onPress={turn}>
          {isOnline.value ? words.goOffline : words.goOnline}
        </Button>
      </div>
      <Refusal text={failed.value} />
    </>
  );
}
