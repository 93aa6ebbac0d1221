/** The last 24 hours as a strip of ticks; a click opens the alert. */
import { html, svg, type TemplateResult } from "lit-html";
import { styleMap } from "lit-html/directives/style-map.js";
import { moment } from "./format";
import { shape } from "./shapes";
import { type Picture, serverNow } from "./state";
import type { Tick } from "./wire";
import { inWords, language, say } from "./words";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const HEIGHT = { warn: 34, serious: 62, critical: 100 };
const LANES = 240;

/** Per cent from the left, between 24 hours ago and now. */
export const position = (at: number, now: number): number => 100 - ((now - at) / DAY) * 100;

/** One tick a lane of six minutes: the worst, and of equals the newest, so that ticks stay apart. */
export function thinned(ticks: readonly Tick[], now: number): Tick[] {
  const lanes = new Map<number, Tick>();
  for (const tick of ticks) {
    const at = position(tick.start, now);
    if (at < 0 || at > 100.5) continue;
    const lane = Math.floor((at / 100) * LANES);
    const there = lanes.get(lane);
    if (!there || HEIGHT[tick.level] >= HEIGHT[there.level]) lanes.set(lane, tick);
  }
  return [...lanes.values()].sort((a, b) => a.start - b.start);
}

function hours(now: number): { at: number; words: string }[] {
  const step = 4 * HOUR;
  const shift = 8 * HOUR; // Shanghai has no summer time: full hours of UTC+8
  const first = Math.ceil((now - DAY + shift) / step) * step - shift;
  return [0, 1, 2, 3, 4, 5]
    .map((n) => first + n * step)
    .filter((at) => position(at, now) > 4 && position(at, now) < 95)
    .map((at) => ({
      at: position(at, now),
      words: moment(at, now, language).split(" ").at(-1) ?? "",
    }));
}

function mark(tick: Tick, last: boolean, now: number, open: (id: string) => void): TemplateResult {
  const when = moment(tick.start, now, language);
  const name = say.tick(say.levels[tick.level], inWords(tick.name), when);
  const left = `${position(tick.start, now).toFixed(2)}%`;
  return html`<li class="tick" data-level=${tick.level} style=${styleMap({ left })}>
    <button type="button" tabindex=${last ? 0 : -1} aria-label=${name} title=${name} @click=${() => open(tick.id)}>
      <svg viewBox="0 0 24 24" aria-hidden="true">${shape(tick.level)}</svg>
    </button>
  </li>`;
}

/** One stop for the Tab key; the arrows move within. */
function walk(event: KeyboardEvent): void {
  const by = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" } as const;
  const way = by[event.key as keyof typeof by];
  const next = way && (event.target as Element).closest("li")?.[way]?.querySelector("button");
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}

export function day(picture: Picture, at: number, open: (id: string) => void): TemplateResult {
  const now = serverNow(picture, at);
  const ticks = picture.beat ? thinned(picture.day, now) : [];
  return html`<h2>${say.day}</h2>
    <div class="day-track">
      <svg class="day-hours" aria-hidden="true" width="100%" height="100%">
        ${hours(now).map(
          (hour) => svg`<line x1="${hour.at}%" x2="${hour.at}%" y1="30%" y2="70%"/>
            <text x="${hour.at}%" y="96%">${hour.words}</text>`,
        )}
      </svg>
      <ol role="list" aria-label=${say.dayList} class="day-ticks" @keydown=${walk}>
        ${ticks.map((tick, n) => mark(tick, n === ticks.length - 1, now, open))}
      </ol>
    </div>
    <span class="muted small">${say.now}</span>`;
}
