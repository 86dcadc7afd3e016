// The customer: stores, menu, payment, and then watching dinner come closer.

import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { say } from "../preferences";
import { isWatching, WatchingNote } from "../shell/driver";
import { Screen } from "../shell/Screen";
import { Alerts, AlertToast } from "./Alerts";
import { openBasket } from "./basket";
import { Checkout } from "./Checkout";
import styles from "./CustomerScreen.module.css";
import { History } from "./History";
import { Menu } from "./Menu";
import { followMine, newestAlert } from "./orders";
import { route, to, type View } from "./route";
import { StoreList } from "./StoreList";
import { Tracking } from "./Tracking";
import { Watched } from "./Watched";
import { customerWords } from "./words";

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
    <Screen title={words.title}>
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
