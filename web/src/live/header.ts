/** The numbers of the shift, how old the picture is, the clock. */
import { html, nothing, type TemplateResult } from "lit-html";
import { age, clock, count } from "./format";
import { deviceStates } from "./order";
import { freshness, type Picture, pictureAge, serverNow } from "./state";
import { language, say } from "./words";

function figure(name: string, value: string, more = "", tone = "", href = ""): TemplateResult {
  return html`<div class="figure" data-tone=${tone || nothing}>
    <dt>${href ? html`<a href=${href}>${name}</a>` : name}</dt>
    <dd><strong>${value}</strong>${more}</dd>
  </div>`;
}

/** How many devices are silent, as the rule of silence says. */
export function silent(picture: Picture): number {
  const states = deviceStates(picture.alerts.values());
  return picture.devices.id.filter((id) => states.get(id) === "silent").length;
}

/** How many devices speak: all but those that are silent, or were never heard. */
export function online(picture: Picture): number {
  return picture.devices.id.length - silent(picture) - picture.counts.unheard;
}

function pictureFigure(picture: Picture, at: number): TemplateResult {
  const old = pictureAge(picture, at);
  return html`<div class="figure picture-age" data-fresh=${freshness(old)}>
    <dt class="sr-only">${say.picture("")}</dt>
    <dd><i aria-hidden="true"></i>${old === null ? say.noPicture : say.picture(age(old, language))}</dd>
  </div>`;
}

export function header(picture: Picture, at: number): TemplateResult {
  const { counts, devices } = picture;
  const budget = counts.budget > 0 ? `/${count(counts.budget)}` : "";
  const over = counts.budget > 0 && counts.alerts_shift > counts.budget;
  return html`<dl class="figures">
    ${
      picture.beat
        ? [
            figure(say.online, count(online(picture)), `/${count(devices.id.length)}`),
            figure(
              say.alertsShift,
              count(counts.alerts_shift),
              budget,
              over ? "serious" : "",
              "/desk/",
            ),
            counts.held > 0 ? figure(say.heldBack, count(counts.held), "", "", "/desk/") : nothing,
            figure(say.openCases, count(counts.open_cases)),
            figure(say.overdue, count(counts.overdue), "", counts.overdue > 0 ? "late" : ""),
          ]
        : nothing
    }
    ${pictureFigure(picture, at)}
    <div class="figure clock">
      <dt class="sr-only">${say.now}</dt>
      <dd><strong>${clock(serverNow(picture, at))}</strong></dd>
    </div>
  </dl>`;
}
