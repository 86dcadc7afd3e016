// What goes on beside the board once it stands: keys, a voice, notifications, a screen that stays on.

import { isPane } from "../shell/pane";
import { followNewOrders, followWake } from "./calls";
import { followKeys } from "./keys";

/** Starts all of it; `onHelp` opens the list of the keys. */
export function followBeside(onHelp: () => void): () => void {
  const ends = [followNewOrders(), followWake(), isPane ? () => {} : followKeys(onHelp)];
  return () => {
    for (const end of ends) end();
  };
}
