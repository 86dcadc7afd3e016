// The board without a pointer: single keys, as long as they are not switched off.

import { COLUMNS, type Column } from "../core/board";
import { openColumn } from "./Board";
import { choices } from "./choices";
import { hear, silence, sound } from "./ring";
import { step } from "./steps";
import { isWorking, lastStep } from "./tickets";

/** Listens for the keys; `onHelp` opens the list of them. */
export function followKeys(onHelp: () => void): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (!choices.peek().keys || !isWorking.peek() || isMeantForSomethingElse(event)) return;
    if (act(event, onHelp)) event.preventDefault();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function isMeantForSomethingElse({ ctrlKey, altKey, metaKey, target, isComposing }: KeyboardEvent) {
  if (ctrlKey || altKey || metaKey || isComposing) return true;
  if (document.querySelector("dialog[open]") !== null) return true;
  return target instanceof Element && target.matches("input, textarea, select");
}

/** Does what the key means; false if it means nothing here. */
function act(event: KeyboardEvent, onHelp: () => void): boolean {
  const { key } = event;
  const column = COLUMNS["1234".indexOf(key)];
  if (key.length === 1 && column !== undefined) return goTo(column);
  switch (key) {
    case "ArrowDown":
      return goBy(1);
    case "ArrowUp":
      return goBy(-1);
    case "Enter":
      return pressMain(event.target);
    case "Backspace":
      return takeBack();
    case "m":
    case "M":
    case "ㅡ": // The same key while it writes Korean.
      if (sound.peek() === "on") silence();
      else void hear();
      return true;
    case "?":
      onHelp();
      return true;
    default:
      return false;
  }
}

function takeBack(): boolean {
  const ticket = lastStep.peek();
  if (ticket !== null) void step(ticket, "undo");
  return true;
}

function goTo(column: Column): boolean {
  openColumn.value = column;
  // A narrow screen has to turn to the column first.
  if (!focusFirst(column)) setTimeout(() => focusFirst(column));
  return true;
}

/** Whether there was a card in sight to focus. */
function focusFirst(column: Column): boolean {
  const section = document.querySelector<HTMLElement>(`[data-column="${column}"]`);
  const first = section?.querySelector<HTMLElement>("[data-ticket]");
  first?.focus();
  return first !== undefined && first === document.activeElement;
}

/** Moves among the cards of the column that has the focus. */
function goBy(places: number): boolean {
  const card = document.activeElement?.closest("[data-ticket]");
  if (!card) return goTo(openColumn.peek());
  const cards = [...(card.closest("[data-column]")?.querySelectorAll("[data-ticket]") ?? [])];
  const next = cards[cards.indexOf(card) + places];
  if (next instanceof HTMLElement) next.focus();
  return true;
}

/** The main action of the card with the focus. A button that has it itself is left alone. */
function pressMain(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || !target.matches("[data-ticket]")) return false;
  target.querySelector<HTMLButtonElement>("[data-main] button")?.click();
  return true;
}
