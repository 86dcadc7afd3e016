// Every message this customer was sent, newest first.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, inWords } from "../api";
import type { Alert, Alerts as AlertsPage } from "../contract";
import { timeOfDay } from "../core/formats";
import { language, say } from "../preferences";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import styles from "./Alerts.module.css";
import { newestAlert } from "./orders";
import { to } from "./route";
import { customerWords } from "./words";

export function Alerts() {
  const words = say(customerWords).alerts;
  const alerts = useSignal<Alert[] | null>(null);
  const failed = useSignal<string | null>(null);
  const newest = newestAlert.value;
  useEffect(() => {
    get<AlertsPage>("/logs").then(
      (answer) => {
        alerts.value = answer.alerts;
      },
      (failure) => {
        failed.value = inWords(failure);
      },
    );
  }, [newest]);

  if (failed.value) return <Refusal text={failed.value} />;
  if (alerts.value === null) return <Skeleton heights={[60, 60, 60]} />;
  if (alerts.value.length === 0) return <Empty>{words.none}</Empty>;
  return (
    <ol class={styles.alerts}>
      {alerts.value.map(({ text, at, orderId }) => (
        <li key={`${orderId} ${at} ${text}`}>
          <a href={to("order", orderId)}>{text}</a>
          <time dateTime={at}>{timeOfDay(at, language.value)}</time>
        </li>
      ))}
    </ol>
  );
}
