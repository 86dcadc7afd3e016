// What the operator's screen says.

import { Dictionary } from "../words/dictionary";

const ko = {
  title: "운영",
  counters: {
    orders: "주문 기록",
    placed: "주문됨",
    cooking: "조리 시작",
    delivering: "배달 시작",
    delivered: "배달 완료",
    canceled: "취소·거절",
    sockets: "연결",
    subscriptions: "구독",
    eventsPerSecond: "초당 이벤트",
    riders: "라이더",
  } as Record<string, string>,
  countersLabel: "지금 동네",
  orders: "최근 주문",
  none: "아직 주문이 없어요. 첫 주문이 들어오면 바로 보여요.",
  attention: "확인 필요",
  timeline: (n: number) => `주문 #${n} 기록`,
  choose: "주문을 고르면 한 줄씩 기록을 볼 수 있어요.",
  events: {
    OrderRequested: "주문 요청",
    PaymentApproved: "결제 승인",
    PaymentDeclined: "결제 거절",
    PaymentOverdue: "결제 대답 늦음",
    OrderPlaced: "주문됨",
    OrderInfoTransferred: "주문판 도착 확인",
    StoreReminded: "가게에 다시 알림",
    OrderAccepted: "주문 접수",
    OrderRejected: "주문 거절",
    CookStarted: "조리 시작",
    CookDelayed: "조리 지연",
    CookFinished: "조리 완료, 배차 시작",
    StatusReverted: "한 단계 되돌림",
    OrderCanceled: "주문 취소",
    TicketAcknowledged: "가게가 취소 확인",
    JobClaimed: "배차됨",
    JobReleased: "배차 취소",
    RingWidened: "배차 반경 넓힘",
    RiderMissing: "라이더를 못 찾음",
    RiderWentSilent: "라이더 신호 끊김",
    RiderApproached: "라이더 곧 도착",
    DeliveryStarted: "배달 시작",
    DeliveryCompleted: "배달 완료",
    ProblemReported: "문제 신고",
    PaymentRefunded: "결제취소됨",
    RefundFailed: "환불 실패, 다시 시도",
    RefundDue: "환불 다시 시도",
    RefundReopened: "환불 다시 열림",
    OperatorActed: "운영자 조치",
  } as Record<string, string>,
  actors: {
    customer: "고객",
    store: "가게",
    rider: "라이더",
    operator: "운영",
    system: "시스템",
    payment: "결제",
    clock: "시계",
  } as Record<string, string>,
};

export type OperatorWords = typeof ko;

export const operatorWords = new Dictionary<OperatorWords>(ko, () => import("./words.en"));
