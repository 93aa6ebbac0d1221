/** The alert that is open in the sheet: its details and its chart, fetched as it opens and changes. */
import type { EChartsType } from "echarts/core";
import * as server from "./server";
import type { SheetState } from "./sheet";
import { lookBack } from "./spark";
import type { Picture } from "./state";
import type { Alert, Detail } from "./wire";

const AGAIN = 20_000;
const AFTER = 20 * 60_000;

/** When the next painting is done. */
const painted = (): Promise<number> =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

export class Opened {
  #id: string | null = null;
  #alert: Alert | null = null;
  #detail: SheetState["detail"] = "loading";
  #chartState: SheetState["chart"] = "none";
  #chart: EChartsType | undefined;
  #asked = 0;

  /** `changed` is called when there is more to show. */
  constructor(private readonly changed: () => void) {}

  /** What the sheet shows now; null: it is shut, or not yet known. */
  state(picture: Picture): SheetState | null {
    const alert = this.#id ? (picture.alerts.get(this.#id) ?? this.#alert) : null;
    return alert && { alert, detail: this.#detail, chart: this.#chartState };
  }

  /** Follow the picture: another alert was opened, or this one has changed. */
  follow(picture: Picture): void {
    const alert = picture.open ? picture.alerts.get(picture.open) : undefined;
    if (picture.open !== this.#id) this.#begin(picture.open, alert ?? null);
    else if (alert && alert !== this.#alert) {
      this.#alert = alert;
      void this.#details(alert.id);
    } else if (alert && alert.cleared === null && Date.now() - this.#asked > AGAIN) {
      void this.#draw(alert);
    }
  }

  #begin(id: string | null, alert: Alert | null): void {
    this.#id = id;
    this.#alert = alert;
    this.#detail = "loading";
    this.#chartState = "none";
    this.#asked = Date.now();
    this.#chart?.dispose();
    this.#chart = undefined;
    if (id) void this.#load(id);
  }

  async #load(id: string): Promise<void> {
    await this.#details(id);
    if (this.#id === id && this.#alert) await this.#draw(this.#alert);
  }

  async #details(id: string): Promise<void> {
    const detail = await this.#ask(id);
    if (this.#id !== id) return;
    this.#detail = detail;
    if (typeof detail === "object") this.#alert = detail.alert;
    this.changed();
  }

  async #ask(id: string): Promise<Detail | "failed"> {
    try {
      return await server.detail(id);
    } catch (error) {
      console.warn("no details of", id, error);
      return "failed";
    }
  }

  async #draw(alert: Alert): Promise<void> {
    if (!alert.chart) return;
    this.#asked = Date.now();
    if (this.#chartState !== "drawn") this.#chartState = "loading";
    this.changed();
    const state = await this.#drawn(alert, alert.chart);
    if (this.#id !== alert.id) return;
    this.#chartState = state;
    this.changed();
  }

  async #drawn(
    alert: Alert,
    { device, field, interval }: NonNullable<Alert["chart"]>,
  ): Promise<SheetState["chart"]> {
    const from = alert.start - lookBack(interval);
    const to = Math.min(Date.now(), (alert.cleared ?? alert.changed) + AFTER);
    try {
      const [series, chart] = await Promise.all([
        server.series(device, field, from, to, `alert ${alert.id}`),
        import("./chart"),
        painted(), // the element to draw into
      ]);
      const element = document.getElementById("chart");
      if (series.time.length === 0) return "empty";
      if (this.#id === alert.id && element)
        this.#chart = chart.draw(element, { series, from, to, alert }, this.#chart);
      return "drawn";
    } catch (error) {
      console.warn("no chart of", alert.id, error);
      return "failed";
    }
  }

  /** The cloth has changed: draw the chart again in its colours. */
  redress(): void {
    if (this.#alert && this.#chart) void this.#draw(this.#alert);
  }
}
