// What the settings of the board say.

import { Dictionary } from "../words/dictionary";

const ko = {
  test: "시험 소리 내기",
  voice: "새 주문을 말로도 알리기",
  notify: "화면이 가려졌을 때 알림 보내기",
  noNotify: "이 브라우저에서는 알림을 보낼 수 없어요. 브라우저 설정에서 허용해 주세요.",
  awake: "화면 꺼지지 않게 하기",
  keys: "단축키 쓰기",
  on: "켜짐",
  off: "꺼짐",
  keysTitle: "단축키",
  keysOf: {
    "1 2 3 4": "새 주문 · 접수됨 · 조리 중 · 라이더 대기",
    "↑ ↓": "같은 칸의 주문 사이 이동",
    Enter: "고른 주문의 다음 단계",
    Backspace: "마지막 단계 되돌리기",
    M: "알림음 켜고 끄기",
    "?": "이 설정 열기",
  } as Record<string, string>,
  targets: "이보다 오래 있으면 지연이에요",
  minutes: "분",
};

export type SettingsWords = typeof ko;

export const settingsWords = new Dictionary<SettingsWords>(ko, () => import("./settingsWords.en"));
