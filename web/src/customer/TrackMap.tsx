// The store, the door and between them the rider, with the age of that knowledge.

import { FIX_STALE_SECONDS } from "../core/thresholds";
import { ageSeconds, connection } from "../live";
import type { Pin } from "../map/adapter";
import { LiveMap } from "../map/LiveMap";
import { say } from "../preferences";
import { common } from "../words/common";
import styles from "./TrackMap.module.css";
import type { Fix, Tracked } from "./tracked";
import { customerWords } from "./words";

export function TrackMap({ order, fix: heard }: { order: Tracked; fix: Fix | null }) {
  const words = say(customerWords).track;
  const fix = order.state === "DELIVERING" ? heard : null;
  const age = ageSeconds(fix?.at);
  const isStale = connection.value === "stale" || (age !== null && age > FIX_STALE_SECONDS);
  return (
    <div>
      <LiveMap label={labelOf(order)} pins={pinsOf(order, fix, isStale)} tall />
      {age !== null && (
        <p class={isStale ? styles.old : styles.age}>{words.fixAge(say(common).secondsAgo(age))}</p>
      )}
    </div>
  );
}

function labelOf({ address, store }: Tracked): string {
  const words = say(customerWords).track;
  return address ? words.mapLabel(store.name) : words.mapAround(store.name);
}

function pinsOf(order: Tracked, fix: Fix | null, isStale: boolean): Pin[] {
  const names = say(common).pin;
  const pins: Pin[] = [{ id: "store", kind: "store", point: order.store, name: order.store.name }];
  if (order.address) {
    pins.push({ id: "home", kind: "home", point: order.address, name: names.home });
  }
  if (fix) {
    const { point, heading } = fix;
    pins.push({ id: "rider", kind: "rider", point, heading, isStale, name: names.rider });
  }
  return pins;
}
