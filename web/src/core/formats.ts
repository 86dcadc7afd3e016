// Money, distances and times as people read them. Instants are shown in the shops' time zone.

export type Language = "ko" | "en";

const LOCALES: Record<Language, string> = { ko: "ko-KR", en: "en-GB" };
const TIME_ZONE = "Asia/Seoul";

const kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

// Intl objects are slow to make and timers ask every second.
function once<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  const held = kept.get(key) as T | undefined;
  if (held) return held;
  const made = make();
  kept.set(key, made);
  return made;
}

/** `₩18,000`. */
export function won(amountWon: number): string {
  const digits = once("won", () => new Intl.NumberFormat("ko-KR", { maximumFractionDigits: 0 }));
  return `₩${digits.format(amountWon)}`;
}

/** `640m`, or `1.2km` from a kilometre on; `–` when unknown. */
export function meters(distanceMeters: number | null | undefined): string {
  if (distanceMeters === null || distanceMeters === undefined) return "–";
  if (distanceMeters < 1000) return `${Math.round(distanceMeters / 10) * 10}m`;
  return `${(distanceMeters / 1000).toFixed(1)}km`;
}

/** `오후 6:47` or `18:47`; `–` when unknown. */
export function timeOfDay(instant: string | number | null | undefined, language: Language): string {
  const date = instant === null || instant === undefined ? null : new Date(instant);
  if (date === null || Number.isNaN(date.getTime())) return "–";
  return clockOf(language).format(date);
}

/** The time alone today, with its day otherwise: `11월 21일 오후 6:47`. */
export function dayAndTime(
  instant: string | null | undefined,
  nowMs: number,
  language: Language,
): string {
  const time = timeOfDay(instant, language);
  if (!instant || time === "–") return time;
  const days = once(
    `day ${language}`,
    () =>
      new Intl.DateTimeFormat(LOCALES[language], {
        month: "long",
        day: "numeric",
        timeZone: TIME_ZONE,
      }),
  );
  const day = days.format(new Date(instant));
  return day === days.format(nowMs) ? time : `${day} ${time}`;
}

function clockOf(language: Language): Intl.DateTimeFormat {
  return once(
    `time ${language}`,
    () =>
      new Intl.DateTimeFormat(LOCALES[language], {
        hour: "numeric",
        minute: "2-digit",
        timeZone: TIME_ZONE,
      }),
  );
}

/** `오후 6:47~6:51` or `18:47–18:51`; one time if both are the same minute. */
export function timeRange(from: string, to: string, language: Language): string {
  const start = new Date(from);
  const end = new Date(to);
  if (Number.isNaN(start.getTime()) || end < start) return timeOfDay(to, language);
  return clockOf(language).formatRange(start, end);
}

/** `오후 6:47:05`, for an event log. */
export function timeToTheSecond(instant: string, language: Language): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "–";
  return once(
    `seconds ${language}`,
    () =>
      new Intl.DateTimeFormat(LOCALES[language], {
        hour: "numeric",
        minute: "2-digit",
        second: "2-digit",
        timeZone: TIME_ZONE,
      }),
  ).format(date);
}

/** `1,234`. */
export function count(n: number): string {
  return once("count", () => new Intl.NumberFormat("ko-KR", { maximumFractionDigits: 1 })).format(
    n,
  );
}
