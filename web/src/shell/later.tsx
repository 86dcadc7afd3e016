// A part of a screen that is fetched when it is first shown, or once the screen has nothing to do.

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { say } from "../preferences";
import { common } from "../words/common";
import { Button } from "./Button";
import { Empty, Skeleton } from "./Notice";

/** By then whatever the screen itself needs has been asked for. */
const IDLE_MS = 2000;

/** A component that stands for the one that `fetchPart` brings; grey blocks until then. */
export function later<P extends object>(
  fetchPart: () => Promise<ComponentType<P>>,
  heights: number[],
): ComponentType<P> {
  const part = signal<ComponentType<P> | null>(null);
  const hasFailed = signal(false);
  const load = () =>
    fetchPart().then(
      (came) => {
        part.value = came;
        hasFailed.value = false;
      },
      () => {
        hasFailed.value = true;
      },
    );
  // Whoever loses the network later can still open it.
  setTimeout(load, IDLE_MS);

  return function Later(props: P) {
    useEffect(() => {
      if (part.peek() === null) void load();
    }, []);
    const Part = part.value;
    if (Part !== null) return <Part {...props} />;
    if (!hasFailed.value) return <Skeleton heights={heights} />;
    return (
      <Empty>
        <p>{say(common).unreachable}</p>
        <Button local onPress={load}>
          {say(common).retry}
        </Button>
      </Empty>
    );
  };
}
