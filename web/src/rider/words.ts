// What the rider's screen says.

import type { GoneReason } from "../core/jobs";
import { Dictionary } from "../words/dictionary";

const ko = {
  title: "가까운 배달",
  online: "근무 중",
  offline: "쉬는 중",
  goOnline: "근무 시작",
  goOffline: "근무 끝내기",
  stillCarrying: "전해야 할 음식이 있어요. 배달을 마친 뒤에 근무를 끝낼 수 있어요.",
  offlineHint: "근무를 시작하면 가까운 배달이 바로 보여요.",
  where: {
    why: "가까운 배달을 찾으려면 지금 위치가 필요해요. 근무 중일 때만 보내요.",
    gps: "내 위치 쓰기",
    map: "지도를 눌러 위치를 정할 수도 있어요.",
    failed: "위치를 알 수 없어요. 지도를 눌러 위치를 정해 주세요.",
    sent: (age: string) => `위치 보내는 중 · ${age}`,
    late: (age: string) => `위치가 전해지지 않고 있어요 · ${age}`,
    lost: "위치 신호가 끊겼어요. 하늘이 보이는 곳으로 가거나 지도를 눌러 주세요.",
    vague: "위치가 정확하지 않아요. 잠시 후 다시 보낼게요.",
    sending: "위치를 처음 보내는 중",
    mapLabel: "내 위치와 가까운 배달 지도",
    choose: "지도를 누르면 내 위치가 바뀌어요",
  },
  radius: "반경",
  pauseList: "목록 멈춤",
  resumeList: "다시 움직이기",
  waiting: (n: number) => `새 배달 ${n}건 보기`,
  near: (n: number) => `내 주변 ${n}건`,
  moreJobs: (n: number) => `함께 할 배달 찾기 · ${n}건`,
  none: "지금은 가까운 배달이 없어요. 새 배달이 생기면 바로 보여드릴게요.",
  now: "지금 픽업 가능",
  readyAt: (time: string) => `${time} 조리 완료 예정`,
  soon: "곧 열려요",
  preview: "미리보기",
  lost: (store: string) => `${store} 배달은 다른 라이더가 먼저 잡았어요.`,
  nextChosen: "다음으로 가까운 배달을 골라 두었어요.",
  noneLeft: "새 배달이 생기면 바로 보여드릴게요.",
  deliveryOf: (distance: string) => `배달 ${distance}`,
  claim: (store: string) => `${store} 배달 잡기`,
  noneOpen: "아직 잡을 수 있는 배달이 없어요. 조리가 끝나면 바로 열려요.",
  gone: {
    taken: "다른 라이더가 잡았어요",
    canceled: "주문이 취소됐어요",
    outOfRange: "반경을 벗어났어요",
    mine: "내가 잡았어요",
  } satisfies Record<GoneReason, string>,
  mine: (n: number) => `내 배달 ${n}건`,
  goFirst: "먼저 가기",
  stages: { toStore: "가게로 가기", toCustomer: "손님에게 가기" },
  away: (distance: string) => `${distance} 남음`,
  pick: "픽업했어요",
  confirm: "배달 완료",
  hold: {
    hint: "0.6초 동안 꾹 누르세요",
    longer: "조금 더 길게 누르세요",
  },
  help: {
    both: "문제 신고 · 배차 취소",
    problem: "문제 신고",
    title: (n: number) => `#${n} 배달에 문제가 있나요?`,
    problemHint: "운영팀에 알려요. 배달은 그대로 내가 맡아요.",
    problems: {
      NOT_READY: "음식이 아직 안 나왔어요",
      STORE_CLOSED: "가게가 닫혀 있어요",
      NO_ANSWER: "손님과 연락이 안 돼요",
      WRONG_ADDRESS: "주소가 달라요",
      ACCIDENT: "사고가 났어요",
    } as Record<string, string>,
    reported: "신고했어요. 운영팀이 알아보고 있어요.",
    release: "배차 취소",
    releaseHint:
      "배차를 취소하면 다른 라이더가 바로 잡을 수 있고, 나는 10분 동안 다시 잡을 수 없어요.",
    releases: {
      TOO_FAR: "너무 멀어요",
      FOOD_LATE: "음식이 늦어요",
      BREAKDOWN: "오토바이가 고장났어요",
      PERSONAL: "사정이 생겼어요",
    } as Record<string, string>,
    keep: "계속하기",
  },
  glance: {
    label: "주행 중 화면",
    stop: "멈추면 목록이 보여요",
    leave: "지금 보기",
  },
  over: {
    done: "배달을 마쳤어요",
    withdrawn: "주문이 취소되어 배달이 없어졌어요",
    moved: "다른 라이더에게 넘어갔어요",
  },
  watching: "쉬는 중이에요",
};

export type RiderWords = typeof ko;

export const riderWords = new Dictionary<RiderWords>(ko, () => import("./words.en"));
