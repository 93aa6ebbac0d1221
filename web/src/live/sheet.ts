/** One alert as a side sheet: why, the readings around it, who was told, its case, what to do next. */
import { html, nothing, type TemplateResult } from "lit-html";
import { clock, moment, span, unitOf } from "./format";
import { levelBadge, timeOf, whoHas } from "./matters";
import { type Picture, serverNow } from "./state";
import type { Alert, Call, Case, Detail, Part } from "./wire";
import { inWords, language, say } from "./words";

export interface SheetDoings {
  close(): void;
  acknowledge(id: string): void;
  open(id: string): void;
}

export interface SheetState {
  alert: Alert;
  detail: Detail | "loading" | "failed";
  chart: "loading" | "drawn" | "empty" | "failed" | "none";
}

function facts(alert: Alert): TemplateResult {
  return html`<dl class="facts">
    <dt>${say.place}</dt>
    <dd>${inWords(alert.place)}</dd>
    ${
      alert.belonging?.storm || !alert.device
        ? nothing
        : html`<dt>${alert.of_device ? say.device : say.spoke}</dt>
            <dd><a href="/devices/${alert.device}">${alert.device}</a></dd>`
    }
    <dt>${say.has}</dt>
    <dd>${whoHas(alert)}</dd>
  </dl>`;
}

function chartPart(state: SheetState): TemplateResult | typeof nothing {
  const { chart, alert } = state;
  if (chart === "none" || !alert.chart) return nothing;
  const unit = unitOf(alert.chart.unit);
  return html`<section class="sheet-part">
    <h3>${say.readings} <span class="muted small">${inWords(alert.chart.name)}${unit && ` · ${unit}`}</span></h3>
    <div class="sheet-chart" id="chart" ?hidden=${chart === "empty" || chart === "failed"}></div>
    ${chart === "empty" ? html`<p class="muted">${say.noReadings}</p>` : nothing}
    ${chart === "failed" ? html`<p class="muted">${say.readingsFailed}</p>` : nothing}
  </section>`;
}

function partLine(part: Part, now: number, doings: SheetDoings): TemplateResult {
  return html`<li data-level=${part.level} ?data-done=${part.cleared !== null}>
    <time>${moment(part.start, now, language)}</time>${levelBadge(part.level)}
    <a
      href="?alert=${part.id}"
      @click=${(event: Event) => {
        event.preventDefault();
        doings.open(part.id);
      }}
      >${inWords(part.place)}</a
    >
    ${
      part.cleared === null
        ? nothing
        : html`<span class="muted">${say.clearedAt(moment(part.cleared, now, language))}</span>`
    }
  </li>`;
}

/** Of a storm, all that belongs to it; of one of those, the storm. */
function storm(state: SheetState, now: number, doings: SheetDoings) {
  const { alert, detail } = state;
  if (typeof detail !== "object") return nothing;
  const parts = detail.parent ? [detail.parent] : detail.belonging;
  if (parts.length === 0) return nothing;
  const title = detail.parent ? say.partOf : alert.belonging && say.belonging(alert.belonging);
  return html`<section class="sheet-part">
    <h3>${title}</h3>
    <ol class="timeline">${parts.map((part) => partLine(part, now, doings))}</ol>
  </section>`;
}

function callLine(call: Call, now: number): TemplateResult {
  const told = call.told === null ? "—" : moment(call.told, now, language);
  const mark = call.answered !== null ? "well" : call.failed ? "critical" : "warn";
  const said =
    call.answered === null
      ? call.failed
        ? say.notReached
        : say.notAnswered
      : say.answered(call.by, clock(call.answered));
  return html`<li data-level=${mark} ?data-done=${call.answered !== null}>
    <time>${told}</time><strong>${inWords(call.team)}</strong> ${said}
  </li>`;
}

function told(detail: Detail, now: number): TemplateResult {
  return html`<section class="sheet-part">
    <h3>${say.told}</h3>
    ${
      detail.calls.length === 0
        ? html`<p class="muted">${say.notCalled}</p>`
        : html`<ol class="timeline">${detail.calls.map((call) => callLine(call, now))}</ol>`
    }
  </section>`;
}

function deadline(file: Case, now: number): TemplateResult | typeof nothing {
  if (file.ended || file.due === null) return nothing;
  const late = file.due < now;
  const words = late
    ? say.late(span(now - file.due, language))
    : say.left(span(file.due - now, language));
  return html`<dt>${say.deadline}</dt>
    <dd class=${late ? "late" : ""}>${moment(file.due, now, language)} · ${words}</dd>`;
}

function caseFile(alert: Alert, detail: Detail | null, now: number): TemplateResult {
  const file = alert.case;
  if (!file)
    return html`<section class="sheet-part">
      <h3>${say.caseFile}</h3>
      <p class="muted">${alert.parent ? say.caseOfStorm : say.noCase}</p>
    </section>`;
  return html`<section class="sheet-part">
    <h3>${say.caseFile} <span class="muted small">${file.number}</span></h3>
    <dl class="facts">
      <dt>${say.stage}</dt>
      <dd><span class="badge badge-thread">${inWords(file.stage_words)}</span></dd>
      <dt>${say.has}</dt>
      <dd>${file.team ? inWords(file.team) : say.nobody}</dd>
      ${deadline(file, now)}
    </dl>
    ${
      detail && detail.steps.length > 0
        ? html`<ol class="timeline">
            ${detail.steps.map(
              (step) => html`<li data-done>
                <time>${moment(step.at, now, language)}</time>${inWords(step.what)}
                ${step.by ? html`<span class="muted">· ${step.by}</span>` : nothing}
                ${step.note ? html`<br /><span class="muted">${step.note}</span>` : nothing}
              </li>`,
            )}
          </ol>`
        : nothing
    }
  </section>`;
}

function actions(state: SheetState, doings: SheetDoings): TemplateResult {
  const { alert, detail } = state;
  const may = typeof detail === "object" && detail.may_acknowledge && !alert.acknowledged;
  return html`<div class="sheet-actions">
    ${
      may
        ? html`<button type="button" class="btn btn-primary" @click=${() => doings.acknowledge(alert.id)}>
            ${say.acknowledge} <kbd>${say.keyNames.space}</kbd>
          </button>`
        : nothing
    }
    ${
      alert.case
        ? html`<a class="btn" href=${alert.case.url}>${say.openCase} <kbd>${say.keyNames.enter}</kbd></a>`
        : nothing
    }
  </div>`;
}

export function sheet(
  picture: Picture,
  state: SheetState,
  at: number,
  doings: SheetDoings,
): TemplateResult {
  const { alert, detail } = state;
  const now = serverNow(picture, at);
  const known = typeof detail === "object" ? detail : null;
  const time = timeOf(alert, now);
  return html`<div class="sheet-head" data-level=${alert.level}>
      <div class="sheet-line">
        ${levelBadge(alert.level)}
        <span class="matter-time" ?data-late=${time.late}>${time.words}</span>
        <button type="button" class="btn btn-quiet sheet-close" aria-label=${say.close} @click=${() => doings.close()}>✕</button>
      </div>
      <h2 id="sheet-title" tabindex="-1">${inWords(alert.name)}</h2>
      <p class="sheet-why">${inWords(alert.sentence)}</p>
      ${facts(alert)}
    </div>
    <div class="sheet-body" tabindex="0" role="group" aria-label=${say.more}>
      ${storm(state, now, doings)} ${chartPart(state)} ${known ? told(known, now) : nothing} ${caseFile(alert, known, now)}
      ${detail === "failed" ? html`<p class="note" data-level="serious">${say.detailFailed}</p>` : nothing}
    </div>
    ${actions(state, doings)}`;
}
