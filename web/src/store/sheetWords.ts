// What the sheets over the board say; they come with the first of them.

import type { CancelReasonName, RejectReasonName } from "../contract";
import { Dictionary } from "../words/dictionary";

const ko = {
  rejectHint: "이유를 누르면 바로 거절돼요. 고객에게 이유가 보이고, 결제 금액은 모두 환불돼요.",
  rejectKeep: "거절하지 않기",
  reasonsLabel: "거절하는 이유",
  rejectReasons: {
    SOLD_OUT: "재료 소진",
    CLOSING: "마감했어요",
    TOO_BUSY: "너무 바빠요",
    OUT_OF_AREA: "배달이 어려운 주소",
    OTHER: "그 밖의 사정",
  } satisfies Partial<Record<RejectReasonName, string>>,
  delayLabel: "조리 늦추기",
  delayHint: (due: string | null) =>
    due === null ? "조리가 얼마나 더 걸리나요?" : `지금 약속은 ${due}이에요. 얼마나 더 걸리나요?`,
  delay: (minutes: number) => `+${minutes}분`,
  cancelLabel: "취소하는 이유",
  cancelHint: "주문을 취소하려면 이유를 누르세요. 결제 금액은 모두 환불돼요.",
  cancelReasons: {
    STORE_SOLD_OUT: "재료 소진",
    STORE_CLOSING: "마감했어요",
    STORE_TOO_BUSY: "너무 바빠요",
    STORE_OTHER: "그 밖의 사정",
  } satisfies Partial<Record<CancelReasonName, string>>,
  keep: "그대로 두기",
  menuHint: "품절로 바꾸면 고객의 메뉴에서 바로 담을 수 없게 돼요.",
  menuEmpty: "아직 등록된 메뉴가 없어요.",
  soldOut: "품절",
  onSale: "판매 중",
};

export type SheetWords = typeof ko;

export const sheetWords = new Dictionary<SheetWords>(ko, () => import("./sheetWords.en"));
