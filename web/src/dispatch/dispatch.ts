/** The dispatch page: its list and its map show the same and point at each other. The list is whole
    without the map, and without this script. */
import type { DispatchMap } from "./map";
import { type Pin, Told } from "./pins";
import "./dispatch.css";

const FOLDED = "dispatch-map-folded";

const row = (name: "order" | "person", value: string) =>
  document.querySelector<HTMLElement>(`[data-${name}="${CSS.escape(value)}"]`);

class Desk {
  #map: Promise<DispatchMap> | null = null;
  /** The order that the map shows while none is pointed at. */
  #kept: string | null = null;

  constructor(
    private readonly fold: HTMLDetailsElement,
    private readonly told: Told,
  ) {
    fold.hidden = false;
    fold.open = localStorage.getItem(FOLDED) === null;
    fold.addEventListener("toggle", () => this.#folded());
    for (const order of told.orders) this.#link(order.number);
    if (fold.open) this.#draw();
  }

  #folded(): void {
    if (this.fold.open) localStorage.removeItem(FOLDED);
    else localStorage.setItem(FOLDED, "1");
    if (this.fold.open) this.#draw();
  }

  #draw(): Promise<DispatchMap> {
    this.#map ??= this.#make();
    this.#map.catch(() => {
      this.fold.hidden = true; // no WebGL, or no drawing: the list is there
      for (const button of document.querySelectorAll<HTMLElement>("[data-to-map]"))
        button.hidden = true;
    });
    return this.#map;
  }

  async #make(): Promise<DispatchMap> {
    const element = this.fold.querySelector<HTMLElement>("[data-dispatch-map]");
    if (!element) throw new Error("no place for the map");
    const { DispatchMap } = await import("./map");
    return DispatchMap.make(element, element.dataset.drawing ?? "", this.told, {
      point: (number) => this.#point(number),
      choose: (pin) => this.#choose(pin),
      second: element.dataset.second ?? "",
      fingers: element.dataset.fingers ?? "",
    });
  }

  #link(number: string): void {
    const card = row("order", number);
    if (!card) return;
    card.addEventListener("pointerenter", () => this.#point(number));
    card.addEventListener("pointerleave", () => this.#point(null));
    card.addEventListener("focusin", () => this.#keep(number));
    card.addEventListener("click", () => this.#keep(number));
    const button = card.querySelector<HTMLElement>("[data-to-map]");
    button?.removeAttribute("hidden");
    button?.addEventListener("click", () => void this.#toMap(number));
  }

  #point(number: string | null): void {
    const shown = number ?? this.#kept;
    for (const { number: one } of this.told.orders)
      row("order", one)?.toggleAttribute("data-lit", one === shown);
    void this.#map?.then((map) => map.show(shown)).catch(() => undefined);
  }

  #keep(number: string): void {
    this.#kept = number;
    this.#point(number);
    void this.#map?.then((map) => map.hold(number)).catch(() => undefined);
  }

  async #toMap(number: string): Promise<void> {
    this.fold.open = true;
    const map = await this.#draw();
    this.fold.scrollIntoView({ block: "nearest" });
    map.hold(number);
    map.focus(number);
  }

  #choose(pin: Pin): void {
    const found = pin.order
      ? row("order", pin.order.number)
      : row("person", pin.people?.[0]?.id ?? "");
    found?.scrollIntoView({ block: "center" });
    found?.focus({ preventScroll: true });
  }
}

const fold = document.querySelector<HTMLDetailsElement>("[data-dispatch]");
const told = document.getElementById("dispatch-pins")?.textContent;
if (fold && told) new Desk(fold, Told.parse(JSON.parse(told)));
