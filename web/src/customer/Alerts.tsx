// Every message this customer was sent, newest first.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, inWords } from "../api";
import type { Alert, Alerts as AlertsPage } from "../contract";
import { dayAndTime } from "../core/formats";
import { serverNow } from "../live";
import { language, say } from "../preferences";
import { Button } from "../shell/Button";
import { Empty, Refusal, Skeleton } from "../shell/Notice";
import styles from "./Alerts.module.css";
import { askToNotify, permission } from "./notify";
import { newestAlert } from "./orders";
import { to } from "./route";
import { customerWords } from "./words";

export function Alerts() {
  const alerts = useSignal<Alert[] | null>(null);
  const failed = useSignal<string | null>(null);
  const newest = newestAlert.value;
  useEffect(() => {
    get<AlertsPage>("/logs").then(
      (answer) => {
        alerts.value = answer.alerts;
        failed.value = null;
      },
      (failure) => {
        failed.value = inWords(failure);
      },
    );
  }, [newest]);

  return (
    <>
      <Allow />
      <Messages alerts={alerts.value} failed={failed.value} />
    </>
  );
}

function Allow() {
  const words = say(customerWords).alerts;
  if (permission.value === "denied") return <p class={styles.denied}>{words.denied}</p>;
  if (permission.value !== "default") return null;
  return (
    <Button local onPress={askToNotify}>
      {words.allow}
    </Button>
  );
}

function Messages({ alerts, failed }: { alerts: Alert[] | null; failed: string | null }) {
  if (failed) return <Refusal text={failed} />;
  if (alerts === null) return <Skeleton heights={[60, 60, 60]} />;
  if (alerts.length === 0) return <Empty>{say(customerWords).alerts.none}</Empty>;
  return (
    <ol class={styles.alerts}>
      {alerts.map(({ text, at, orderId }) => (
        <li key={`${orderId} ${at} ${text}`}>
          <a href={to("order", orderId)}>
            <span>{text}</span>
            <time dateTime={at}>{dayAndTime(at, serverNow.value, language.value)}</time>
          </a>
        </li>
      ))}
    </ol>
  );
}
