// The newest message as it arrives, wherever the customer is looking.

import { useEffect } from "preact/hooks";
import { say } from "../preferences";
import { common } from "../words/common";
import styles from "./AlertToast.module.css";
import { newestAlert, watchedId } from "./orders";
import { route } from "./route";

const TOAST_MS = 6000;

/** The newest message for a few seconds, unless the person is reading them all. */
export function AlertToast() {
  const alert = newestAlert.value;
  useEffect(() => {
    if (alert === null) return;
    const hide = setTimeout(() => {
      newestAlert.value = null;
    }, TOAST_MS);
    return () => clearTimeout(hide);
  }, [alert]);
  if (alert === null || route.value.view === "alerts") return null;
  // Whoever looks at the order has just seen it happen.
  if (alert.orderId === watchedId.value) return null;
  return (
    <div class={styles.toast} role="status">
      <span>{alert.text}</span>
      <button
        type="button"
        aria-label={say(common).close}
        onClick={() => {
          newestAlert.value = null;
        }}
      >
        ✕
      </button>
    </div>
  );
}
