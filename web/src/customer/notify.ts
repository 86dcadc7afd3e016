// The browser's own notification, for those who look elsewhere. Asked for once, by a button.

import { signal } from "@preact/signals";
import type { Alert } from "../contract";
import { isPane } from "../shell/pane";

const isKnown = "Notification" in window;

/** What the browser allows; nothing where there are no notifications, or on the stage. */
export const permission = signal<NotificationPermission | "none">(
  isKnown && !isPane ? Notification.permission : "none",
);

export async function askToNotify(): Promise<void> {
  permission.value = await Notification.requestPermission();
}

/** Shows a message outside the page, if the page is not seen and that is wanted. */
export async function notify({ text, orderId }: Alert): Promise<void> {
  if (permission.value !== "granted" || !document.hidden) return;
  const hash = `#/order/${orderId}`;
  // One for each order: the newest replaces the one before.
  const look = { tag: orderId, icon: "/icons/customer-192.png" };
  const worker = await navigator.serviceWorker?.getRegistration();
  // Phones let nobody but a worker show one; what a touch on it does is said in worker/sw.ts.
  if (worker?.active) return worker.showNotification(text, { ...look, data: { hash } });
  const shown = new Notification(text, look);
  shown.onclick = () => {
    window.focus();
    location.hash = hash;
    shown.close();
  };
}
