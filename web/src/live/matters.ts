/** 当前要事: what needs a person, in order of danger and time left. */
import { html, nothing, svg, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { count, moment, span } from "./format";
import { online, silent } from "./header";
import { inOrder } from "./order";
import { shape } from "./shapes";
import { type Line, spark } from "./spark";
import { type Picture, serverNow } from "./state";
import { failed, loading, refused } from "./states";
import type { Alert } from "./wire";
import { inWords, language, say } from "./words";

export interface Doings {
  open(id: string): void;
  select(id: string): void;
  retry(): void;
  line(id: string): Line | undefined;
}

/** Shape and word of a level. */
export function levelBadge(level: Alert["level"]): TemplateResult {
  return html`<span class="level-mark" data-level=${level}
    ><svg viewBox="0 0 24 24" aria-hidden="true">${shape(level)}</svg>${say.levels[level]}</span
  >`;
}

/** The one time that counts: the deadline of its case, else how long it has been going on. */
export function timeOf(alert: Alert, now: number): { words: string; late: boolean } {
  if (alert.cleared !== null)
    return { words: say.clearedAt(moment(alert.cleared, now, language)), late: false };
  const due = alert.case?.due ?? null;
  if (due !== null && due < now) return { words: say.late(span(now - due, language)), late: true };
  if (due !== null && !alert.life_safety)
    return { words: say.left(span(due - now, language)), late: false };
  return { words: say.since(span(now - alert.start, language)), late: false };
}

/** Neither with a team, nor seen by anybody, nor has anybody been told. */
const unattended = (alert: Alert): boolean =>
  !alert.case?.team && !alert.acknowledged && alert.called === 0;

/** Who has it, in a few words. */
export function whoHas(alert: Alert): string {
  const parts: string[] = [];
  if (alert.case) {
    const team = alert.case.team ? inWords(alert.case.team) : "";
    parts.push([team, inWords(alert.case.stage_words)].filter(Boolean).join(" · "));
  }
  if (alert.acknowledged) parts.push(say.acknowledgedBy(alert.acknowledged.by));
  else if (alert.called > 0) parts.push(say.calls(alert.called, alert.answered));
  if (unattended(alert)) parts.push(say.nobody);
  return parts.join(" · ");
}

function sparkline(alert: Alert, line: Line | undefined): TemplateResult | typeof nothing {
  const drawn = line && spark(line, alert.chart?.limit ?? null, 300, 36);
  if (!drawn) return nothing;
  return html`<svg class="spark" viewBox="0 0 300 36" preserveAspectRatio="none" aria-hidden="true">
    ${
      drawn.limitY === null
        ? nothing
        : svg`<line x1="0" x2="300" y1=${drawn.limitY} y2=${drawn.limitY} class="limit"/>`
    }
    <path d=${drawn.path} />
  </svg>`;
}

function matter(alert: Alert, picture: Picture, now: number, doings: Doings): TemplateResult {
  const time = timeOf(alert, now);
  return html`<li
    class="matter"
    data-level=${alert.level}
    ?data-over=${alert.cleared !== null}
    ?data-open=${alert.id === picture.open}
    ?data-seen=${alert.acknowledged !== null}
    @click=${() => doings.open(alert.id)}
  >
    <div class="matter-head">
      ${levelBadge(alert.level)}
      <a
        class="matter-name"
        href="?alert=${alert.id}"
        data-alert=${alert.id}
        aria-current=${alert.id === picture.open ? "true" : nothing}
        @focus=${() => doings.select(alert.id)}
        @click=${(event: Event) => event.preventDefault()}
        >${inWords(alert.name)}</a
      >
      <span class="matter-time" ?data-late=${time.late}>${time.words}</span>
    </div>
    <p class="matter-where">${inWords(alert.place)}</p>
    ${alert.belonging ? html`<p class="matter-storm">${say.belonging(alert.belonging)}</p>` : nothing}
    <p class="matter-who" ?data-nobody=${unattended(alert)}>${whoHas(alert)}</p>
    ${alert.belonging?.storm ? nothing : html`<p class="matter-why">${inWords(alert.sentence)}</p>`}
    ${sparkline(alert, doings.line(alert.id))}
  </li>`;
}

function allWell(picture: Picture): TemplateResult {
  return html`<div class="state" data-state="empty">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 16C7 6 11 20 15 11c1.5-3.4 3.5-4 6-2M9 20l3 2 6-7" /></svg>
    <strong>${say.well}</strong>
    <p>${say.wellWhy(count(online(picture)), count(picture.devices.id.length))}</p>
  </div>`;
}

function group(what: string, why: string): TemplateResult {
  return html`<p class="silent-group"><svg viewBox="0 0 24 24" aria-hidden="true">${shape("silent")}</svg>
    <span><strong>${what}</strong><br /><span class="muted small">${why}</span></span></p>`;
}

function beyond(more: number): TemplateResult {
  return html`<p><a class="btn" href="/cases/?stage=all">${say.beyond(more)}</a></p>`;
}

function notSpeaking(picture: Picture): TemplateResult[] {
  const { unheard } = picture.counts;
  const gone = silent(picture);
  return [
    ...(picture.beyond ? [beyond(picture.beyond)] : []),
    ...(gone ? [group(say.silentGroup(gone), say.silentWhy)] : []),
    ...(unheard ? [group(say.unheardGroup(unheard), say.unheardWhy)] : []),
  ];
}

function hints(picture: Picture): TemplateResult {
  const { keyHints: hint, keyNames: key } = say;
  const mayAcknowledge = picture.me.may.includes("alert.ack");
  return html`<p class="hints">
    ${mayAcknowledge ? html`<span><kbd>${key.space}</kbd> ${hint.space}</span>` : nothing}
    <span><kbd>${key.enter}</kbd> ${hint.enter}</span>
    <span><kbd>/</kbd> ${hint.search}</span>
    <span><kbd>?</kbd> ${hint.help}</span>
  </p>`;
}

function body(picture: Picture, now: number, doings: Doings): TemplateResult {
  if (picture.link.is === "refused") return refused(picture.link.signedOut);
  if (!picture.beat) return picture.link.is === "failed" ? failed(doings.retry) : loading();
  const order = inOrder(picture.alerts.values());
  return html`${
    order.length === 0
      ? allWell(picture)
      : html`<ol class="matter-list" role="list">
          ${repeat(
            order,
            (alert) => alert.id,
            (alert) => matter(alert, picture, now, doings),
          )}
        </ol>`
  }
    ${notSpeaking(picture)}`;
}

export function matters(picture: Picture, at: number, doings: Doings): TemplateResult {
  return html`<div class="matters-head">
      <h1>${say.matters}</h1>
      <span class="muted small">${count(inOrder(picture.alerts.values()).length)} · ${say.order}</span>
    </div>
    <div class="matters-body">${body(picture, serverNow(picture, at), doings)}</div>
    ${picture.beat ? hints(picture) : nothing}`;
}
