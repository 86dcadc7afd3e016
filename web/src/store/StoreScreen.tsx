// The store's board: four columns from a new order to food that waits for its rider.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { say } from "../preferences";
import { Dialog } from "../shell/Dialog";
import { WatchingNote } from "../shell/driver";
import { later } from "../shell/later";
import { Skeleton } from "../shell/Notice";
import { Screen } from "../shell/Screen";
import { Board } from "./Board";
import { BoardBar, type Sheet } from "./BoardBar";
import { BottomBar } from "./BottomBar";
import { followRing } from "./ring";
import { StruckTickets } from "./StruckTickets";
import { followBoard, store, unanswered } from "./tickets";
import { followToday } from "./today";
import { storeWords } from "./words";

const BoardSettings = later(
  () => import("./BoardSettings").then((part) => part.BoardSettings),
  [420],
);
const MenuSheet = later(() => import("./MenuSheet").then((part) => part.MenuSheet), [320]);

const FETCH_AGAIN_MS = 5000;

/** Starts what goes on beside the board when that has been fetched; the board does not wait. */
function onceHere(onHelp: () => void): () => void {
  let end = () => {};
  let isOver = false;
  const fetchIt = () => {
    import("./beside").then(
      ({ followBeside }) => {
        if (!isOver) end = followBeside(onHelp);
      },
      () => {
        if (!isOver) setTimeout(fetchIt, FETCH_AGAIN_MS);
      },
    );
  };
  fetchIt();
  return () => {
    isOver = true;
    end();
  };
}

export function StoreScreen() {
  const words = say(storeWords);
  const sheet = useSignal<Sheet | null>(null);
  const open = (which: Sheet) => {
    sheet.value = which;
  };
  const close = () => {
    sheet.value = null;
  };
  useEffect(followBoard, []);
  useEffect(followRing, []);
  useEffect(followToday, []);
  useEffect(() => onceHere(() => open("settings")), []);
  useTitle();

  const title = store.value ? words.title(store.value.name) : words.untitled;
  return (
    <Screen title={title} wide>
      <WatchingNote />
      <BoardBar onOpen={open} />
      <StruckTickets />
      {store.value === null ? <Skeleton heights={[44, 180, 180]} /> : <Board />}
      <BottomBar />
      {sheet.value !== null && (
        <Dialog title={words.sheets[sheet.value]} onClose={close}>
          {sheet.value === "settings" ? <BoardSettings onClose={close} /> : null}
          {sheet.value === "menu" ? <MenuSheet onClose={close} /> : null}
        </Dialog>
      )}
    </Screen>
  );
}

/** The tab says how many wait, for a board behind other windows. */
function useTitle(): void {
  const waiting = unanswered.value.length;
  const words = say(storeWords);
  const name = store.value?.name;
  useEffect(() => {
    const title = name ? words.title(name) : words.untitled;
    document.title = waiting > 0 ? `(${waiting}) ${title}` : title;
  }, [waiting, name, words]);
}
