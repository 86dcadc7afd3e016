// Other ways to be heard or kept awake than the ring: a voice, a notification, a screen that stays on.

import { effect } from "@preact/signals";
import { language, say } from "../preferences";
import { announce } from "../shell/Announcer";
import { isPane } from "../shell/pane";
import { isBell } from "./bell";
import { choices, chooseForBoard } from "./choices";
import { sound } from "./ring";
import { isWorking, store, unanswered } from "./tickets";
import { storeWords } from "./words";

/** Tells of new orders in every way that was chosen, as they come. */
export function followNewOrders(): () => void {
  const known = new Set<string>();
  return effect(() => {
    const fresh = unanswered.value.filter((ticket) => !known.has(ticket.orderId));
    for (const ticket of fresh) known.add(ticket.orderId);
    if (fresh.length === 0) return;
    announce(say(storeWords).newOrders(unanswered.value.length));
    if (isPane || !isWorking.peek() || !isBell.peek()) return;
    if (choices.peek().voice && sound.peek() === "on") speak();
    if (choices.peek().notify && document.hidden) void notify(unanswered.value.length);
  });
}

/** Says it aloud, in the language of the board. */
export function speak(): void {
  if (!("speechSynthesis" in window)) return;
  const sentence = new SpeechSynthesisUtterance(say(storeWords).spoken);
  sentence.lang = language.peek() === "ko" ? "ko-KR" : "en-GB";
  speechSynthesis.cancel();
  speechSynthesis.speak(sentence);
}

/** Asks the browser for notifications, from a tap; remembers whether it agreed. */
export async function allowNotifications(): Promise<void> {
  const answer = await Notification.requestPermission();
  chooseForBoard({ notify: answer === "granted" });
}

async function notify(count: number): Promise<void> {
  const title = say(storeWords).newOrders(count);
  const options = { body: store.peek()?.name ?? "", tag: "new-orders" };
  // Phones show notifications only of a service worker; where there is one it does so everywhere.
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker) return worker.showNotification(title, options);
  const note = new Notification(title, options);
  note.onclick = () => window.focus();
}

/** Keeps the screen on while the board is worked and in sight. */
export function followWake(): () => void {
  return effect(() => {
    if (!choices.value.awake || !isWorking.value || isPane || !("wakeLock" in navigator)) return;
    let isOver = false;
    let lock: WakeLockSentinel | null = null;
    const hold = () => {
      if (document.hidden) return;
      // Refused when the battery is low; the board works without.
      navigator.wakeLock.request("screen").then(
        (given) => {
          if (isOver) void given.release();
          else lock = given;
        },
        () => {},
      );
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      isOver = true;
      document.removeEventListener("visibilitychange", hold);
      void lock?.release();
    };
  });
}
