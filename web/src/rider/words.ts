// What the rider's screen says.

import type { GoneReason } from "../core/jobs";
import { Dictionary } from "../words/dictionary";

const ko = {
  title: "가까운 배달",
  online: "근무 중",
  offline: "쉬는 중",
  goOnline: "근무 시작",
  goOffline: "근무 끝내기",
  offlineHint: "근무를 시작하면 가까운 배달이 바로 보여요.",
  where: {
    why: "가까운 배달을 찾으려면 지금 위치가 필요해요. 근무 중일 때만 보내요.",
    gps: "내 위치 쓰기",
    map: "지도를 눌러 위치를 정할 수도 있어요.",
    failed: "위치를 알 수 없어요. 지도를 눌러 위치를 정해 주세요.",
    sent: (age: string) => `위치 보냄 · ${age}`,
    sending: "위치를 보내는 중",
    mapLabel: "내 위치와 가까운 배달 지도",
    choose: "지도를 누르면 내 위치가 바뀌어요",
  },
  radius: "보는 반경",
  near: (n: number) => `내 주변 ${n}건`,
  none: "지금은 가까운 배달이 없어요. 새 배달이 생기면 바로 보여드릴게요.",
  now: "지금 픽업 가능",
  readyAt: (time: string) => `${time} 조리 완료 예정`,
  announced: "조리 중 · 곧 열려요",
  deliveryOf: (distance: string) => `배달 ${distance}`,
  claim: (store: string) => `${store} 배달 잡기`,
  choose: "배달을 골라 주세요",
  gone: {
    taken: "다른 라이더가 잡았어요",
    canceled: "주문이 취소됐어요",
    outOfRange: "반경을 벗어났어요",
    mine: "내가 잡았어요",
  } satisfies Record<GoneReason, string>,
  mine: "내 배달",
  stages: { toStore: "가게로 가기", toCustomer: "손님에게 가기" },
  away: (distance: string) => `${distance} 남음`,
  pick: "픽업했어요",
  confirm: "배달 완료",
  release: "배차 취소",
  releaseTitle: "이 배달을 내려놓을까요?",
  releaseHint: "다른 라이더가 바로 잡을 수 있고, 10분 동안 다시 잡을 수 없어요.",
  releaseKeep: "계속하기",
  over: {
    done: "배달을 마쳤어요",
    withdrawn: "주문이 취소되어 배달이 없어졌어요",
    moved: "다른 라이더에게 넘어갔어요",
  },
  watching: "쉬는 중이에요",
};

export type RiderWords = typeof ko;

export const riderWords = new Dictionary<RiderWords>(ko, () => import("./words.en"));
