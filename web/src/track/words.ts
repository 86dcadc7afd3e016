// What somebody reads who was sent a link to an order.

import { Dictionary } from "../words/dictionary";

const ko = {
  title: "배달 현황",
  arrived: "배달이 끝났어요",
  near: "라이더가 거의 다 왔어요. 주소가 드러나지 않도록 여기부터는 지도에 보이지 않아요.",
  calledOff: "이 주문은 취소되어 배달되지 않아요.",
  hint: "주문한 분이 공유한 화면이에요. 주소와 주문 내용은 보이지 않아요.",
  over: "링크가 없거나 볼 수 있는 시간이 지났어요. 보낸 분에게 새 링크를 부탁해 주세요.",
  unknown: "이 링크로는 볼 수 있는 주문이 없어요. 빠진 글자가 없는지 확인해 주세요.",
};

export type TrackWords = typeof ko;

export const trackWords = new Dictionary<TrackWords>(ko, () => import("./words.en"));
