/** Readings for the small lines in the list: fetched for the first few, and again now and then. */
import { inOrder } from "./order";
import * as server from "./server";
import { type Line, lookBack } from "./spark";
import { type Picture, serverNow } from "./state";
import type { Alert } from "./wire";

const FRESH = 30_000;
const MOST = 6;

export class Lines {
  readonly #lines = new Map<string, Line>();
  readonly #asked = new Map<string, number>();

  /** `drawn` is called when a line has come. */
  constructor(private readonly drawn: () => void) {}

  get(alert: string): Line | undefined {
    return this.#lines.get(alert);
  }

  /** Ask for what is missing or old among the first few; forget what has left the list. */
  follow(picture: Picture, at: number): void {
    if (picture.link.is !== "live") return;
    const order = inOrder(picture.alerts.values());
    this.#forget(new Set(order.map((alert) => alert.id)));
    for (const alert of order.slice(0, MOST)) {
      if (!alert.chart || at - (this.#asked.get(alert.id) ?? 0) < FRESH) continue;
      this.#asked.set(alert.id, at);
      void this.#fetch(alert, serverNow(picture, at));
    }
  }

  #forget(listed: Set<string>): void {
    for (const id of this.#asked.keys())
      if (!listed.has(id)) {
        this.#asked.delete(id);
        this.#lines.delete(id);
      }
  }

  async #fetch(alert: Alert, now: number): Promise<void> {
    if (!alert.chart) return;
    const until = alert.cleared ?? now;
    const from = alert.start - lookBack(alert.chart.interval);
    try {
      this.#lines.set(
        alert.id,
        await server.series(
          alert.chart.device,
          alert.chart.field,
          from,
          until,
          `alert ${alert.id}`,
        ),
      );
      this.drawn();
    } catch (error) {
      console.warn("no line for", alert.id, error); // the card is whole without it
    }
  }
}
