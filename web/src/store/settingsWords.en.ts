// What the settings of the board say, in English.

import type { SettingsWords } from "./settingsWords";

export const en: SettingsWords = {
  test: "Play a test ring",
  voice: "Say new orders aloud as well",
  notify: "Notify when the board is out of sight",
  noNotify: "This browser does not allow notifications. Allow them in its settings.",
  awake: "Keep the screen on",
  keys: "Single-key shortcuts",
  on: "On",
  off: "Off",
  keysTitle: "Keys",
  keysOf: {
    "1 2 3 4": "New · accepted · cooking · waiting",
    "↑ ↓": "Move among the orders of a column",
    Enter: "Next step of the chosen order",
    Backspace: "Take the last step back",
    M: "Sound on or off",
    "?": "Open these settings",
  },
  targets: "Longer than this is late",
  minutes: "min",
};
