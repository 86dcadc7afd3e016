// Me, the ring that I see, and the jobs in it under the numbers of the list.

import { stageOf } from "../core/jobs";
import type { Pin } from "../map/adapter";
import { LiveMap } from "../map/LiveMap";
import { say } from "../preferences";
import { isWatching } from "../shell/driver";
import { common } from "../words/common";
import { mine, position, radiusMeters } from "./jobs";
import { choose } from "./position";
import { select, selected } from "./selection";
import { steady } from "./steady";
import { riderWords } from "./words";

export function RiderMap() {
  const words = say(riderWords).where;
  const names = say(common).pin;
  const me = position.value;
  const pins: Pin[] = [];
  if (me) pins.push({ id: "me", kind: "me", point: me, name: names.me });
  const carrying = mine.value;
  for (const job of carrying) {
    const toStore = stageOf(job) === "claimed";
    if (toStore) {
      pins.push({ id: `s-${job.orderId}`, kind: "store", point: job.store, name: job.store.name });
    }
    pins.push({ id: `d-${job.orderId}`, kind: "home", point: job.dropoff, name: names.home });
  }
  // With food in the box the map is for finding the way.
  if (carrying.length === 0) {
    (steady.value?.rows ?? []).forEach(({ job, gone }, at) => {
      pins.push({
        id: `j-${job.orderId}`,
        kind: "job",
        point: job.store,
        mark: String(at + 1),
        name: `${at + 1}. ${job.store.name}`,
        isStale: gone !== null || stageOf(job) === "announced",
        isSelected: selected.value?.orderId === job.orderId,
        onPress: () => select(job.orderId),
      });
    });
  }
  // A job that comes or goes must not move the map under a finger.
  const fitKey = [
    me !== null,
    (steady.value?.rows.length ?? 0) > 0,
    radiusMeters.value,
    ...carrying.map((job) => job.orderId + stageOf(job)),
  ].join();
  const showsRing = me !== null && carrying.length === 0;
  return (
    <LiveMap
      label={words.mapLabel}
      pins={pins}
      ring={showsRing ? { center: me, radiusMeters: radiusMeters.value } : null}
      fitKey={fitKey}
      tall={carrying.length > 0}
      onPick={isWatching.value ? undefined : choose}
    />
  );
}
