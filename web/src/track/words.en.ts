// What somebody reads who was sent a link to an order, in English.

import type { TrackWords } from "./words";

export const en: TrackWords = {
  title: "Delivery",
  arrived: "It has been delivered",
  near: "The rider is almost there. From here on the map stays silent, so as not to tell the address.",
  calledOff: "This order was called off and will not be delivered.",
  hint: "Shared by whoever ordered. The address and what was ordered are not shown.",
  over: "There is no link, or its time is over. Ask whoever sent it for another.",
  unknown: "This link leads to no order. Check that no letter of it is missing.",
};
