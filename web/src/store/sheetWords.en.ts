// What the sheets over the board say, in English.

import type { SheetWords } from "./sheetWords";

export const en: SheetWords = {
  rejectHint: "A reason rejects at once. The customer sees it and gets everything back.",
  rejectKeep: "Don't reject",
  reasonsLabel: "Reasons to reject",
  rejectReasons: {
    SOLD_OUT: "Sold out",
    CLOSING: "Closing",
    TOO_BUSY: "Too busy",
    OUT_OF_AREA: "Address too hard to reach",
    OTHER: "Another reason",
  },
  delayLabel: "Delay cooking",
  delayHint: (due) =>
    due === null ? "How much longer does it take?" : `Promised by ${due}. How much longer?`,
  delay: (minutes) => `+${minutes} min`,
  cancelLabel: "Reasons to cancel",
  cancelHint: "A reason cancels the order. The customer gets everything back.",
  cancelReasons: {
    STORE_SOLD_OUT: "Sold out",
    STORE_CLOSING: "Closing",
    STORE_TOO_BUSY: "Too busy",
    STORE_OTHER: "Another reason",
  },
  keep: "Leave it",
  menuHint: "What is sold out cannot be ordered from that moment on.",
  menuEmpty: "There is nothing on the menu yet.",
  soldOut: "Sold out",
  onSale: "On sale",
};
