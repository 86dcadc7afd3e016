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
  byCity: "The city plays this",
  openAlone: (who) => `Open only the ${who} screen`,
  noCity: {
    title: "No town is running yet",
    body: "This hub runs without the simulation. Open the screens below to order, cook and deliver by yourself.",
  },
  failed: "Not possible right now. Please try again in a moment.",
};
