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
export function notify({ text, orderId }: Alert): void {
  if (permission.value !== "granted" || !document.hidden) return;
  // One for each order: the newest replaces the one before.
  const shown = new Notification(text, { tag: orderId, icon: "/icons/customer-192.png" });
  shown.onclick = () => {
    window.focus();
    location.hash = `#/order/${orderId}`;
    shown.close();
  };
}
