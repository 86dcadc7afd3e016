// The town now: where riders are, where food goes, and how much each store has in front of it.

import type { Store } from "../contract";
import { FLEET_STALE_SECONDS } from "../core/thresholds";
import { serverNow } from "../live";
import type { Pin } from "../map/adapter";
import { LiveMap } from "../map/LiveMap";
import { say } from "../preferences";
import { choose, chosenId, orders } from "./orders";
import styles from "./TownMap.module.css";
import { type Backlog, backlogs, type Fleet, fleet, RIDERS_SHOWN_MAX } from "./town";
import { operatorWords } from "./words";

/** A store with more than this in front of it is busy. */
const BUSY_MIN = 4;

export function TownMap() {
  const words = say(operatorWords).map;
  const riders = fleet.value === null ? [] : riderPins(fleet.value);
  const jobs = jobPins();
  const stores = backlogs.value.map(storePin);
  const total = fleet.value?.total ?? null;
  return (
    <section class={styles.town} aria-labelledby="town">
      <h2 id="town" class={styles.heading}>
        {words.title}
      </h2>
      <LiveMap
        label={words.sentence(total, jobs.length, stores.length)}
        pins={[...stores, ...jobs, ...riders]}
        fitKey={String(stores.length)}
        tall
      />
      <p class={styles.legend}>
        <span data-load="idle">{words.load.idle}</span>
        <span data-load="busy">{words.load.busy}</span>
        <span data-load="late">{words.load.late}</span>
        <span>{riderSentence()}</span>
      </p>
    </section>
  );
}

function riderSentence(): string {
  const words = say(operatorWords).map;
  if (fleet.value === null) return words.noRiders;
  const { total, riders } = fleet.value;
  const shown = Math.min(riders.length, RIDERS_SHOWN_MAX);
  return shown < total ? words.someRiders(shown, total) : words.riders(total);
}

function riderPins({ riders, atMs }: Fleet): Pin[] {
  const isStale = serverNow.value - atMs > FLEET_STALE_SECONDS * 1000;
  return riders.slice(0, RIDERS_SHOWN_MAX).map(({ id, lat, lng }) => {
    return { id: `r-${id}`, kind: "rider", point: { lat, lng }, name: id, isStale };
  });
}

/** Where food is to go, for every order that has begun to look for a rider. */
function jobPins(): Pin[] {
  return (orders.value ?? [])
    .filter((order) => ["OPEN", "CLAIMED", "PICKED_UP"].includes(order.delivery.state))
    .flatMap((order): Pin[] => {
      if (!order.address) return [];
      return [
        {
          id: `o-${order.id}`,
          kind: "home",
          point: order.address,
          name: `#${order.number}`,
          isSelected: order.id === chosenId.value,
          onPress: () => void choose(order.id),
        },
      ];
    });
}

/** Who sent a store into its break, if it takes one. */
function pauseOf({ paused, pausedBy }: Store): string {
  const words = say(operatorWords).map;
  return paused ? (pausedBy ? words.pausedBy[pausedBy] : words.paused) : "";
}

function storePin({ store, open, late }: Backlog): Pin {
  const words = say(operatorWords).map;
  return {
    id: `s-${store.id}`,
    kind: "store",
    point: store,
    mark: String(open),
    name: [words.store(store.name, open, late), pauseOf(store)].filter(Boolean).join(" · "),
    load: late > 0 ? "late" : open > BUSY_MIN ? "busy" : "idle",
    isStale: store.paused || !store.open,
  };
}
