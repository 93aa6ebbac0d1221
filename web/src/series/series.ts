/** Readings of one device as a chart, wherever a page has an element for it:
    `<div data-island="series" data-device data-field data-from data-to data-reason>` (times in epoch
    ms; the reason is recorded where the device speaks of people). */
import "./series.css";
import { html, render } from "lit-html";
import { series } from "../live/server";
import { say } from "../live/words";

async function fill(place: HTMLElement): Promise<void> {
  const { device = "", field = "", from = "", to = "", reason = "" } = place.dataset;
  try {
    const [readings, chart] = await Promise.all([
      series(device, field, Number(from), Number(to), reason),
      import("../live/chart"),
    ]);
    if (readings.time.length === 0) return tell(place, "empty", say.noReadings);
    const drawing = { series: readings, from: Number(from), to: Number(to) };
    const drawn = chart.draw(place, drawing);
    document.addEventListener("xiuhua:choice", () => chart.draw(place, drawing, drawn));
  } catch (error) {
    console.warn("no readings of", device, error);
    tell(place, "failed", say.readingsFailed);
  }
}

function tell(place: HTMLElement, state: string, words: string): void {
  render(html`<div class="state" data-state=${state}><p>${words}</p></div>`, place);
}

for (const place of document.querySelectorAll<HTMLElement>('[data-island="series"]'))
  void fill(place);
