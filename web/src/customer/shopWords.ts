// What is said while choosing and paying.

import { Dictionary } from "../words/dictionary";

const ko = {
  pay: {
    title: "주문하기",
    address: "배달 주소",
    addressPlaceholder: "예: 망원동 12길 3, 402호",
    addressMissing: "배달 주소를 입력해 주세요.",
    point: "지도를 눌러 문 앞 위치를 정해 주세요",
    here: "현재 위치로",
    hereFailed: "현재 위치를 알 수 없어요. 지도에서 골라 주세요.",
    note: "요청사항",
    notePlaceholder: "예: 문 앞에 두고 벨 눌러주세요",
    test: "시험 결제",
    testHint: "개발용 결제예요. 어떤 대답을 받을지 골라 보세요.",
    tokens: {
      tok_ok: "승인",
      tok_declined: "거절",
      tok_slow: "느린 대답",
      tok_lost: "대답 유실",
      tok_refund_fails: "환불 지연",
      tok_refund_never: "환불 불가",
    },
    submit: (total: string) => `${total} 결제하고 주문`,
    uncertain: "대답을 받지 못했어요. 다시 눌러도 한 번만 결제돼요.",
    minimum: (total: string) => `최소 주문 금액은 ${total}이에요`,
  },
  store: {
    near: "가까운 가게",
    open: "영업 중",
    closed: "영업 종료",
    paused: "잠시 주문 중단",
    away: (distance: string) => `${distance} 거리`,
    minimum: (total: string) => `최소 ${total}`,
    cookTime: (n: number) => `조리 약 ${n}분`,
    none: "이 주소 가까이에는 아직 가게가 없어요. 주소를 바꿔 보세요.",
    soldOut: "품절",
    add: "담기",
    less: "하나 빼기",
    more: "하나 더",
    quantity: "수량",
    options: "선택",
    cart: (n: number, total: string) => `${n}개 · ${total} 주문하기`,
    otherCart: "다른 가게의 메뉴가 담겨 있어요. 비우고 새로 담을까요?",
    replace: "비우고 담기",
    keep: "그대로 두기",
    menuOf: (name: string) => `${name} 메뉴`,
  },
};

export type ShopWords = typeof ko;

export const shopWords = new Dictionary<ShopWords>(ko, () => import("./shopWords.en"));
