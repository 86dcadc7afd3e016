// The rider: on duty or not, my jobs, and the jobs nearby on a map and in a list.

import { computed, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inWords, Refused } from "../api";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { isWatching, WatchingNote } from "../shell/driver";
import { later } from "../shell/later";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import { Screen } from "../shell/Screen";
import { Feed } from "./Feed";
import { followWork, goOffline, goOnline, isOnline, mine, position, rider, rows } from "./jobs";
import { EndedJob, MyJobs } from "./MyJobs";
import { isRiding } from "./position";
import { RiderMap } from "./RiderMap";
import styles from "./RiderScreen.module.css";
import { WhereAmI } from "./WhereAmI";
import { riderWords } from "./words";

const Glance = later(() => import("./Glance").then((part) => part.Glance), [320]);

/** The hub gives a rider no more at once. */
const JOBS_MAX = 3;

/** Whoever says that they can read, can for a while: a passenger, a train. */
const READ_ANYWAY_MS = 30_000;
const isReadAnyway = signal(false);
const isGlancing = computed(() => isRiding.value && !isReadAnyway.value && !isWatching.value);

function readAnyway(): void {
  isReadAnyway.value = true;
  setTimeout(() => {
    isReadAnyway.value = false;
  }, READ_ANYWAY_MS);
}

export function RiderScreen() {
  const words = say(riderWords);
  useEffect(followWork, []);
  useEffect(() => {
    document.title = words.title;
  }, [words]);

  return (
    <Screen title={words.title} double>
      <WatchingNote />
      {rider.value === null ? <Skeleton heights={[56, 260, 76, 76]} /> : <Duty />}
    </Screen>
  );
}

function Duty() {
  const words = say(riderWords);
  if (!isOnline.value) {
    return (
      <div class={styles.off}>
        <DutySwitch />
        <Empty>{isWatching.value ? words.watching : words.offlineHint}</Empty>
      </div>
    );
  }
  if (isGlancing.value) return <Glance onLeave={readAnyway} />;
  return (
    <div class={styles.work}>
      <div class={styles.part}>
        <DutySwitch />
        {!isWatching.value && <WhereAmI />}
        <EndedJob />
        <MyJobs />
      </div>
      <div class={styles.map}>
        <RiderMap />
      </div>
      <div class={styles.part}>{position.value !== null && <MoreJobs />}</div>
    </div>
  );
}

/** With a job in hand there is one thing to do; other jobs are shown to those who ask. */
function MoreJobs() {
  const words = say(riderWords);
  const isAsked = useSignal(false);
  if (mine.value.length === 0) return <Feed />;
  if (isWatching.value || mine.value.length >= JOBS_MAX) return null;
  return (
    <>
      <Button local pressed={isAsked.value} onPress={() => (isAsked.value = !isAsked.value)}>
        {words.moreJobs(rows.value?.filter((row) => row.gone === null).length ?? 0)}
      </Button>
      {isAsked.value && <Feed />}
    </>
  );
}

function DutySwitch() {
  const words = say(riderWords);
  const failed = useSignal<string | null>(null);
  const turn = async () => {
    failed.value = null;
    await (isOnline.value ? goOffline() : goOnline()).catch((failure) => {
      const isCarrying = failure instanceof Refused && failure.code === "wrong_state";
      failed.value = isCarrying ? words.stillCarrying : inWords(failure);
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
