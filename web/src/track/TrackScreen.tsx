// What somebody sees who was sent a link: how far the order is, and where its rider. Nothing here
// can be pressed that changes anything.

import { useEffect } from "preact/hooks";
import type { Progress } from "../contract";
import { isEnded, reachedAt } from "../core/steps";
import { EtaHeader } from "../customer/EtaHeader";
import { Halves } from "../customer/Halves";
import { Stepper } from "../customer/Stepper";
import { useSpokenState } from "../customer/spoken";
import styles from "../customer/Tracking.module.css";
import { TrackMap } from "../customer/TrackMap";
import { connection } from "../live";
import { say } from "../preferences";
import { Empty, Skeleton } from "../shell/Notice";
import { Screen } from "../shell/Screen";
import { common } from "../words/common";
import { fix, followProgress, isRefused, progress } from "./progress";
import { trackWords } from "./words";

export function TrackScreen() {
  const words = say(trackWords);
  useEffect(followProgress, []);
  useSpokenState(progress.value, null);
  useEffect(() => {
    if (progress.value === null) document.title = words.title;
  }, [words]);
  return (
    <Screen title={words.title} double>
      <Shown />
    </Screen>
  );
}

function Shown() {
  if (progress.value !== null) return <Order order={progress.value} />;
  // A link that nobody signed is sent away at the door; one that is over has another page.
  if (isRefused.value || connection.value === "refused") {
    return <Empty>{say(trackWords).unknown}</Empty>;
  }
  return <Skeleton heights={[28, 120, 84, 260]} />;
}

function Order({ order }: { order: Progress }) {
  const words = say(trackWords);
  const isOver = isEnded(order.state);
  const isNear = order.state === "DELIVERING" && reachedAt(order, "approached") !== null;
  return (
    <Halves
      label={say(common).order(order.number)}
      map={isOver ? null : <TrackMap order={order} fix={isNear ? null : fix.value} />}
      more={<p class={styles.hint}>{words.hint}</p>}
    >
      <p class={styles.store}>
        <b>{order.store.name}</b> <span>#{order.number}</span>
      </p>
      {isOver && order.state !== "DELIVERED" ? (
        <Empty>{words.calledOff}</Empty>
      ) : (
        <>
          <EtaHeader
            order={order}
            fix={fix.value}
            arrived={words.arrived}
            {...(isNear ? { now: words.near } : {})}
          />
          <Stepper order={order} />
        </>
      )}
    </Halves>
  );
}

/** There is no link, or its time is over. */
export function NoLink() {
  const words = say(trackWords);
  useEffect(() => {
    document.title = words.title;
  }, [words]);
  return (
    <Screen title={words.title} bare>
      <Empty>{words.over}</Empty>
    </Screen>
  );
}
