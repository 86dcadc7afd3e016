// What of an order is told to those who listen, and what the browser's tab says of it.

import { useEffect, useRef } from "preact/hooks";
import type { PaymentStateName } from "../contract";
import { secondsUntil } from "../core/clock";
import { timeOfDay } from "../core/formats";
import { isCalledOff, isEnded, stepOf } from "../core/steps";
import { serverNow } from "../live";
import { language, say } from "../preferences";
import { announce } from "../shell/Announcer";
import { faceTab } from "../shell/tabFace";
import { common } from "../words/common";
import type { Tracked } from "./tracked";
import { customerWords } from "./words";

/** A smaller change of the promise is not worth interrupting anybody for. */
const SPOKEN_CHANGE_MS = 2 * 60_000;

/** Steps and real changes of the promise are told to those who listen; the tab shows the state. */
export function useSpokenState(order: Tracked | null, money: PaymentStateName | null): void {
  const state = order?.state;
  const to = order?.eta?.to;
  useEffect(() => {
    if (!state) return;
    const words = say(common);
    const isPaidBack = isCalledOff(state) && money !== null;
    announce(isPaidBack ? `${words.state[state]}, ${words.payment[money]}` : words.state[state]);
  }, [state, money, language.value]);

  const told = useRef<number | null>(null);
  useEffect(() => {
    if (!to) return;
    const before = told.current;
    const moved = before === null ? 0 : Math.abs(Date.parse(to) - before);
    if (before !== null && moved < SPOKEN_CHANGE_MS) return;
    told.current = Date.parse(to);
    const words = say(customerWords).track;
    if (before !== null) announce(`${words.eta} ${timeOfDay(to, language.value)}`);
  }, [to]);

  const left = to === undefined ? null : Math.ceil((secondsUntil(to, serverNow.value) ?? 0) / 60);
  useEffect(() => {
    if (!state) return;
    const word = say(common).state[state];
    const isUnderWay = !isEnded(state) && left !== null && left > 0;
    faceTab(isUnderWay ? say(customerWords).tab(word, left) : word, stepOf(state));
  }, [state, left, language.value]);
}
