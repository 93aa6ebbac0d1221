/** Numbers and times as people say them. The house's time is Shanghai's, whatever the browser's is. */
import type { Language } from "./words";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockOf = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const minuteOf = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai",
  hour: "2-digit",
  minute: "2-digit",
});
const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" });

/** "03:12:46" */
export const clock = (at: number): string => clockOf.format(at);

/** "03:12" */
export const hourAndMinute = (at: number): string => minuteOf.format(at);

/** "03:12", with 昨日 or the date before it when `at` is not on the day of `now`. */
export function moment(at: number, now: number, language: Language): string {
  const minute = minuteOf.format(at);
  const day = dayOf.format(at);
  if (day === dayOf.format(now)) return minute;
  if (day === dayOf.format(now - DAY))
    return `${language === "zh" ? "昨日" : "yesterday"} ${minute}`;
  return `${day.slice(5)} ${minute}`;
}

/** A span in the two largest units that matter: "1 分 20 秒", "12 分", "3 小时 5 分", "2 天". */
export function span(ms: number, language: Language): string {
  const units = language === "zh" ? ["天", "小时", "分", "秒"] : ["d", "h", "min", "s"];
  const [days, hours, minutes, seconds] = split(Math.max(0, ms));
  const say = (...parts: [number, number][]) =>
    parts
      .filter(([value], at) => at === 0 || value > 0)
      .map(([value, unit]) => `${value} ${units[unit]}`)
      .join(" ");
  if (days >= 1) return say([days, 0], [hours, 1]);
  if (hours >= 1) return say([hours, 1], [minutes, 2]);
  if (minutes >= 10) return say([minutes, 2]);
  if (minutes >= 1) return say([minutes, 2], [seconds, 3]);
  return say([seconds, 3]);
}

function split(ms: number): [number, number, number, number] {
  return [
    Math.floor(ms / DAY),
    Math.floor((ms % DAY) / HOUR),
    Math.floor((ms % HOUR) / MINUTE),
    Math.floor((ms % MINUTE) / SECOND),
  ];
}

/** How old the picture is: tenths below ten seconds, then as a span. */
export function age(ms: number, language: Language): string {
  if (ms >= 10 * SECOND) return span(ms, language);
  return `${(Math.max(0, ms) / SECOND).toFixed(1)} ${language === "zh" ? "秒" : "s"}`;
}

/** "1,671" */
export const count = (n: number): string => n.toLocaleString("en-US");

const UNITS: Record<string, string> = { Cel: "℃", "m3/h": "m³/h", deg: "°", "1": "" };

/** A UCUM unit as people write it. */
export const unitOf = (ucum: string): string => UNITS[ucum] ?? ucum;

/** A reading: at most three digits that mean something, never an exponent. */
export function reading(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return count(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
