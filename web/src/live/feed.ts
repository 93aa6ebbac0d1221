/** The feed of events: connects, notices when it falls silent, and starts afresh when told to.

    The browser's EventSource resumes by itself with Last-Event-ID. Beats come once a second; where
    none has come for `SILENT_AFTER`, the line is dead even if the socket does not know it yet. */
import { Refused, snapshot } from "./server";
import type { Change } from "./state";
import { Event } from "./wire";

const SILENT_AFTER = 5_000;
const RETRY = [1_000, 2_000, 5_000, 10_000];
const TYPES = ["alert", "counts", "beat", "reload"] as const;

export class Feed {
  #source: EventSource | null = null;
  #heard = 0;
  #tries = 0;
  #timer = 0;

  constructor(private readonly put: (change: Change) => void) {
    window.setInterval(() => this.#watch(), 1_000);
  }

  /** Fetch the whole picture, then follow the feed from there. */
  async start(): Promise<void> {
    window.clearTimeout(this.#timer);
    this.#close();
    try {
      const data = await snapshot();
      this.#tries = 0;
      this.put({ type: "snapshot", data, at: Date.now() });
      this.#follow(data.head);
    } catch (error) {
      this.#refused(error);
    }
  }

  #refused(error: unknown): void {
    if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
      this.put({ type: "link", link: { is: "refused", signedOut: error.status === 401 } });
      return;
    }
    this.put({ type: "link", link: { is: "failed" } });
    this.#again();
  }

  #again(): void {
    const wait = RETRY[Math.min(this.#tries++, RETRY.length - 1)];
    this.#timer = window.setTimeout(() => void this.start(), wait);
  }

  #follow(head: number): void {
    const source = new EventSource(`/live/feed?after=${head}`);
    this.#source = source;
    this.#heard = Date.now();
    for (const type of TYPES)
      source.addEventListener(type, (message) => this.#take(type, message as MessageEvent<string>));
    source.onerror = () => this.#lost();
  }

  #take(type: string, message: MessageEvent<string>): void {
    this.#heard = Date.now();
    const event = Event.parse({ type, data: JSON.parse(message.data) });
    if (event.type === "reload") {
      void this.start();
      return;
    }
    const id = message.lastEventId ? Number(message.lastEventId) : null;
    this.put({ type: "event", event, id, at: this.#heard });
  }

  #lost(): void {
    this.put({ type: "link", link: { is: "lost", since: this.#heard } });
    if (this.#source?.readyState !== EventSource.CLOSED) return;
    this.#close();
    this.#again();
  }

  #watch(): void {
    if (!this.#source || Date.now() - this.#heard < SILENT_AFTER) return;
    this.#close();
    this.put({ type: "link", link: { is: "lost", since: this.#heard } });
    this.#again();
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
  }
}
