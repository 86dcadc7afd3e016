// What the stage says.

import { Dictionary } from "../words/dictionary";
import type { TourStep } from "./tour";
import type { Outcome, Trouble } from "./troubles";

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
  trouble: {
    title: "문제를 일으켜 보세요",
    hint: "무엇을 놓쳤고 되찾았는지, 잃은 것이 있는지 여기에 보여드려요.",
    names: {
      drop: "내 연결 10초 끊기",
      hubRestart: "허브 재시작",
      riderSilent: "라이더 신호 끊김",
      storeDeaf: "가게가 응답 없음",
      cookLate: "조리 지연",
      race: "여러 라이더가 동시에 잡기",
      rush: "주문 폭주 ×20",
    } satisfies Record<Trouble, string>,
    did: {
      drop: () => "네 화면의 연결을 10초 동안 끊었어요. 그 사이에도 동네는 계속 움직여요.",
      hubRestart: () => "허브가 다시 시작하고 있어요. 모두의 연결이 끊겼다가 돌아와요.",
      riderSilent: ({ lastsSeconds = 0 }) =>
        `라이더가 ${Math.round(lastsSeconds)}초 동안 말이 없어요. 배달 중이면 고객 지도의 핀이 회색이 돼요.`,
      storeDeaf: ({ lastsSeconds = 0 }) =>
        `가게가 ${Math.round(lastsSeconds)}초 동안 답하지 않아요. 제때 못 받은 주문은 취소되고 환불돼요.`,
      cookLate: ({ orders = 0, minutes = 0 }) =>
        `주문 ${orders}건의 조리가 ${minutes}분 늦어졌어요. 도착 예정과 그 이유가 바뀌어요.`,
      race: ({ number = 0, riders = 0, won = 0 }) =>
        `#${number} 배달을 라이더 ${riders}명이 동시에 눌렀고, ${won}명이 잡았어요.`,
      rush: () => "모두가 한꺼번에 배고파졌어요. 주문판과 운영 화면을 보세요.",
    } satisfies Record<Trouble, (outcome: Outcome) => string>,
    nothing: {
      cookLate: "지금은 조리 중인 주문이 없어요. 조리가 시작되면 눌러 보세요.",
      race: "잡을 수 있는 배달이 나오지 않았어요. 조리가 끝날 즈음 다시 눌러 보세요.",
    } as Partial<Record<Trouble, string>>,
    refused: {
      not_yours: "직접 하고 있는 역할이에요. 도시에 맡긴 뒤 눌러 보세요.",
      unavailable: "지금은 할 수 없어요. 잠시 후 다시 눌러 주세요.",
    } as Record<string, string>,
    back: (seconds: number) => `${seconds}초 끊김`,
    counted: (missed: number, recovered: number, lost: number) =>
      `놓친 소식 ${missed} · 되찾음 ${recovered} · 잃음 ${lost}`,
  },
  tour: {
    start: "둘러보기",
    title: "둘러보기",
    skip: "다음",
    steps: {
      watch: "네 화면이 한 동네를 보고 있어요. 주문 하나가 움직이는 것을 지켜보세요.",
      takeOver: "가게의 ‘직접 해보기’를 눌러 주방을 맡아 보세요.",
      accept: "새 주문이 오면 ‘접수’를 눌러 보세요. 고객 화면이 바로 움직여요.",
      cook: "‘조리 시작’, 이어서 ‘조리 완료’를 눌러 보세요. 라이더가 움직여요.",
      drop: "‘내 연결 10초 끊기’를 누르고, 돌아올 때 무엇을 되찾는지 보세요.",
      giveBack: "가게를 ‘도시에 맡기기’로 돌려주세요. 이제 마음껏 눌러 보세요.",
    } satisfies Record<TourStep, string>,
  },
  failed: "지금은 바꿀 수 없어요. 잠시 후 다시 눌러 주세요.",
};

export type StageWords = typeof ko;

export const stageWords = new Dictionary<StageWords>(ko, () => import("./words.en"));
