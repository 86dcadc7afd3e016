// What the stage says, in English.

import type { StageWords } from "./words";

export const en: StageWords = {
  title: "Stage",
  lead: "One town through four pairs of eyes",
  panes: { customer: "Customer", store: "Store", rider: "Rider", operator: "Operator" },
  panesLabel: "Screens",
  speed: "Speed",
  takeOver: "Take over",
  giveBack: "Give back",
  byYou: "You play this",
  byCity: "Simulated",
  openAlone: (who) => `Open only the ${who} screen`,
  noCity: {
    title: "No town is running yet",
    body: "This hub runs without the simulation. Open the screens below to order, cook and deliver by yourself.",
  },
  trouble: {
    title: "Make trouble",
    hint: "What was missed and recovered, and whether anything was lost, shows here.",
    names: {
      drop: "Drop my connection for 10 s",
      hubRestart: "Restart the hub",
      riderSilent: "Silence the rider",
      storeDeaf: "Store does not answer",
      cookLate: "Cook late",
      race: "Many riders, one job",
      rush: "Rush ×20",
    },
    did: {
      drop: () => "The four screens are cut off for 10 seconds. The town goes on meanwhile.",
      hubRestart: () => "The hub is starting again. Everybody's connection breaks and comes back.",
      riderSilent: ({ lastsSeconds = 0 }) =>
        `Nothing is heard of the rider for ${Math.round(lastsSeconds)} s. On the way, the customer's pin turns grey.`,
      storeDeaf: ({ lastsSeconds = 0 }) =>
        `The store does not answer for ${Math.round(lastsSeconds)} s. Orders it leaves too long are canceled and refunded.`,
      cookLate: ({ orders = 0, minutes = 0 }) =>
        `${orders} ${orders === 1 ? "order takes" : "orders take"} ${minutes} minutes longer. The promise changes, and says why.`,
      race: ({ number = 0, riders = 0, won = 0 }) =>
        `${riders} riders went for #${number} in the same moment, and ${won} got it.`,
      rush: () => "Everybody is hungry at once. Look at the board and at operations.",
    },
    nothing: {
      cookLate: "Nothing is being cooked. Try again once it is.",
      race: "No job came up to race for. Try again when something is nearly cooked.",
    },
    refused: {
      not_yours: "You play this part yourself. Give it back to the city first.",
      unavailable: "Not possible right now. Please try again in a moment.",
    },
    back: (seconds) => `${seconds} s away`,
    counted: (missed, recovered, lost) =>
      `missed ${missed} · recovered ${recovered} · lost ${lost}`,
  },
  tour: {
    start: "Tour",
    title: "Tour",
    skip: "Next",
    steps: {
      watch: "Four screens look at one town. Watch an order move.",
      takeOver: "Press the store's “Take over” and run the kitchen.",
      accept: "When a new order comes, accept it. The customer's screen moves at once.",
      cook: "Start cooking, then finish. The rider starts moving.",
      drop: "Press “Drop my connection for 10 s” and see what comes back.",
      giveBack: "Give the store back to the city. From here on, press what you like.",
    },
  },
  failed: "Not possible right now. Please try again in a moment.",
};
