// What the stage says.

import { Dictionary } from "../words/dictionary";

const ko = {
  title: "무대",
  lead: "한 동네를 네 사람의 눈으로",
  panes: { customer: "고객", store: "가게", rider: "라이더", operator: "운영" },
  panesLabel: "화면",
  speed: "빠르기",
  takeOver: "직접 해보기",
  giveBack: "도시에 맡기기",
  byYou: "직접 하는 중",
  byCity: "도시가 하는 중",
  openAlone: (who: string) => `${who} 화면만 열기`,
  noCity: {
    title: "동네가 아직 돌고 있지 않아요",
    body: "이 허브는 시뮬레이션 없이 켜져 있어요. 아래에서 각 화면을 열어 직접 주문하고, 조리하고, 배달해 볼 수 있어요.",
  },
  failed: "지금은 바꿀 수 없어요. 잠시 후 다시 눌러 주세요.",
};

export type StageWords = typeof ko;

export const stageWords = new Dictionary<StageWords>(ko, () => import("./words.en"));
