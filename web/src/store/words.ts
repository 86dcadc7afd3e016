// What the store's board says.

import type { AttentionName, CancelReasonName, PausedByName } from "../contract";
import type { Column, Pace } from "../core/board";
import { Dictionary } from "../words/dictionary";

const ko = {
  title: (name: string) => `${name} 주문판`,
  untitled: "주문판",
  columns: {
    PLACED: "새 주문",
    ACCEPTED: "접수됨",
    COOKING: "조리 중",
    COOKED: "라이더 대기",
  } satisfies Record<Column, string>,
  columnsLabel: "주문 단계",
  empty: {
    PLACED: "새 주문이 없어요. 알림음을 켜 두세요.",
    ACCEPTED: "접수한 주문이 없어요.",
    COOKING: "조리 중인 주문이 없어요.",
    COOKED: "기다리는 음식이 없어요.",
  } satisfies Record<Column, string>,
  pace: { fine: "여유", due: "곧 마감", late: "지연" } satisfies Record<Pace, string>,
  accept: (minutes: number) => `접수 · ${minutes}분`,
  fewer: "조리 시간 5분 줄이기",
  more: "조리 시간 5분 늘리기",
  reject: "거절",
  start: "조리 시작",
  finish: "조리 완료",
  undo: (n: number, what: string) => `되돌리기: #${n} ${what}`,
  undoLeft: (seconds: number) => `${seconds}초`,
  struck: "취소된 주문이 있어요. 확인해 주세요.",
  acknowledge: "확인했어요",
  acknowledgeAll: (n: number) => `${n}건 모두 확인했어요`,
  rejectTitle: (n: number) => `주문 #${n}을 거절할까요?`,
  other: { both: "늦추기 · 취소", cancel: "주문 취소" },
  otherLabel: (n: number) => `#${n} 늦추기 또는 취소`,
  otherTitle: (n: number) => `주문 #${n}`,
  calledOffBy: {
    CUSTOMER_CHANGED_MIND: "고객이 취소했어요",
    STORE_TIMEOUT: "제때 대답하지 못해 자동으로 취소됐어요",
    STORE_UNREACHABLE: "주문판에 닿지 못해 자동으로 취소됐어요",
    STORE_SOLD_OUT: "재료 소진으로 가게가 취소했어요",
    STORE_TOO_BUSY: "너무 바빠 가게가 취소했어요",
    STORE_CLOSING: "마감으로 가게가 취소했어요",
    STORE_OTHER: "가게가 취소했어요",
    NO_RIDER: "라이더를 찾지 못해 취소됐어요",
    DELIVERY_FAILED: "배달하지 못했어요",
    OPERATOR: "운영팀이 취소했어요",
    PAYMENT_UNKNOWN: "결제를 확인하지 못했어요",
  } satisfies Record<CancelReasonName, string>,
  autoCancel: (left: string) => `${left} 뒤 자동 취소`,
  dueIn: (time: string) => `${time}까지`,
  left: (time: string) => `${time} 남음`,
  over: (time: string) => `${time} 지남`,
  seeking: (ringMeters: string | null) =>
    ringMeters === null ? "라이더를 찾고 있어요" : `라이더를 찾고 있어요 · 반경 ${ringMeters}`,
  near: (n: number) => (n > 0 ? `가까운 라이더 ${n}명` : "가까운 라이더가 아직 없어요"),
  coming: (rider: string, distance: string) => `라이더 ${rider} 오는 중 · ${distance}`,
  seen: (age: string) => `${age} 전 위치`,
  assigned: (rider: string) => `라이더 ${rider} 배정됨`,
  assignedFrom: (rider: string, distance: string) =>
    `라이더 ${rider} 배정됨 · ${distance} 밖에서 출발`,
  attention: {
    STORE_SLOW: "대답을 기다리고 있어요. 곧 자동으로 취소돼요.",
    NO_RIDER: "아직 맡은 라이더가 없어요. 반경을 넓히며 찾고 있어요.",
    RIDER_SILENT: "라이더의 신호가 끊겼어요. 운영팀이 알아보고 있어요.",
    PROBLEM: "문제가 신고됐어요. 운영팀이 알아보고 있어요.",
    REFUND_STUCK: "환불이 끝나지 않았어요. 운영팀이 처리해요.",
  } satisfies Record<AttentionName, string>,
  pause: "잠시 멈춤",
  resume: "주문 다시 받기",
  paused: "지금은 새 주문을 받지 않고 있어요",
  pausedBy: {
    STORE: "가게에서 멈췄어요",
    OPERATOR: "운영팀이 멈췄어요",
    SILENCE: "대답하지 못한 주문이 이어져 자동으로 멈췄어요",
  } satisfies Record<PausedByName, string>,
  closed: "영업 종료 상태예요",
  sound: {
    locked: "알림음 켜기",
    on: "알림음 켜짐",
    elsewhere: "알림음 켜짐 · 다른 탭에서 울려요",
    off: "알림음 꺼짐",
    lockedHint: "아직 소리를 낼 수 없어요. 화면을 한 번 누르면 시험 소리가 나고 알림음이 켜져요.",
    offHint: "알림음이 꺼져 있어요. 새 주문이 와도 울리지 않아요.",
  },
  newOrders: (n: number) => `새 주문 ${n}건`,
  otherNew: (n: number) => `새 주문 ${n}건 더 보기`,
  spoken: "새 주문이 왔습니다",
  customerNote: "요청",
  today: (accepted: number, minutes: number | null) =>
    minutes === null ? `오늘 ${accepted}건` : `오늘 ${accepted}건 · 평균 ${minutes}분`,
  sheets: { settings: "주문판 설정과 단축키", menu: "품절 관리" },
};

export type StoreWords = typeof ko;

export const storeWords = new Dictionary<StoreWords>(ko, () => import("./words.en"));
