// While the city plays the customer: whatever order of theirs is newest, from first to last.

import { useSignal, useSignalEffect } from "@preact/signals";
import { isEnded } from "../core/steps";
import { say } from "../preferences";
import { Empty, Skeleton } from "../shell/Notice";
import { isKnown, orderOf, underWay } from "./orders";
import { Tracking } from "./Tracking";
import { customerWords } from "./words";

/** A finished order stays this long, so that its end can be read. */
const LINGER_MS = 6000;

export function Watched() {
  const shown = useSignal<string | null>(null);
  const newest = underWay.value[0]?.id ?? null;

  useSignalEffect(() => {
    const next = underWay.value[0]?.id ?? null;
    if (next === null || next === shown.value) return;
    const held = shown.value === null ? null : orderOf(shown.value);
    // One story is told to its end before the next begins.
    if (held !== null && !isEnded(held.state)) return;
    const wait = held === null ? 0 : LINGER_MS;
    const turn = setTimeout(() => {
      shown.value = next;
    }, wait);
    return () => clearTimeout(turn);
  });

  const id = shown.value ?? newest;
  if (id !== null) return <Tracking key={id} orderId={id} />;
  if (!isKnown.value) return <Skeleton heights={[120, 84, 260]} />;
  return <Empty>{say(customerWords).track.noOrder}</Empty>;
}
