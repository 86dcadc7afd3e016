// The customer: stores, menu, payment, and then watching dinner come closer.

import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { say } from "../preferences";
import { isWatching, WatchingNote } from "../shell/driver";
import { later } from "../shell/later";
import { Screen } from "../shell/Screen";
import { AlertToast } from "./AlertToast";
import { openBasket } from "./basket";
import styles from "./CustomerScreen.module.css";
import { followMine, newestAlert } from "./orders";
import { route, to, type View } from "./route";
import { customerWords } from "./words";

// Nobody pays before having chosen: each view comes when it is opened.
const StoreList = later(
  () => import("./StoreList").then((part) => part.StoreList),
  [28, 76, 76, 76, 76],
);
const Menu = later(() => import("./Menu").then((part) => part.Menu), [64, 96, 96]);
const Checkout = later(() => import("./Checkout").then((part) => part.Checkout), [84, 140, 260]);
const Tracking = later(() => import("./Tracking").then((part) => part.Tracking), [120, 84, 260]);
const Watched = later(() => import("./Watched").then((part) => part.Watched), [120, 84, 260]);
const History = later(() => import("./History").then((part) => part.History), [76, 76, 76]);
const Alerts = later(() => import("./Alerts").then((part) => part.Alerts), [60, 60, 60]);

/** What is better seen side by side than scrolled; the rest would only be stretched. */
const DOUBLE: ReadonlySet<View> = new Set<View>(["stores", "order"]);

export function CustomerScreen() {
  const words = say(customerWords);
  useEffect(() => {
    openBasket();
    return followMine();
  }, []);
  useSignalEffect(() => {
    // The tracked order says more in the title of the page; see Tracking.
    if (route.value.view !== "order") document.title = say(customerWords).title;
  });

  return (
    <Screen title={words.title} double={isWatching.value || DOUBLE.has(route.value.view)}>
      <WatchingNote />
      <AlertToast />
      {isWatching.value ? <Watched /> : <Open />}
    </Screen>
  );
}

function Open() {
  const { view, id } = route.value;
  return (
    <>
      {view !== "pay" && <Tabs current={view} />}
      {view === "stores" && <StoreList />}
      {view === "store" && <Menu storeId={id} />}
      {view === "pay" && <Checkout />}
      {view === "order" && <Tracking key={id} orderId={id} />}
      {view === "history" && <History />}
      {view === "alerts" && <Alerts />}
    </>
  );
}

function Tabs({ current }: { current: View }) {
  const words = say(customerWords).tabs;
  const tabs: [View, string, boolean][] = [
    ["stores", words.stores, current === "stores" || current === "store"],
    ["history", words.history, current === "history" || current === "order"],
    ["alerts", words.alerts, current === "alerts"],
  ];
  return (
    <nav class={styles.tabs}>
      {tabs.map(([view, word, isHere]) => (
        <a key={view} href={to(view)} aria-current={isHere ? "page" : undefined}>
          {word}
          {view === "alerts" && newestAlert.value && <span class={styles.dot} aria-hidden="true" />}
        </a>
      ))}
    </nav>
  );
}
