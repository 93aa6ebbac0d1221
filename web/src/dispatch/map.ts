/** The map of the dispatch page. Loaded when it is unfolded. */
import { type Map as GL, Marker } from "maplibre-gl";
import { around } from "../map/extent";
import { lay } from "../map/ground";
import { apart, led, type Pin, pins, side, type Told, type Trio, trio, type XY } from "./pins";

export interface Hooks {
  /** An order is pointed at, or none is any more. */
  point(number: string | null): void;
  /** A pin was pressed. */
  choose(pin: Pin): void;
  /** What stands before the name of the second best. */
  second: string;
  /** What a touch with one finger is told: that one scrolls the page. */
  fingers: string;
}

/** A pin on the map, moved by `off` pixels out of the others' way. */
interface Mark {
  pin: Pin;
  button: HTMLButtonElement;
  marker: Marker;
  off: XY;
}

const SVG = "http://www.w3.org/2000/svg";
const CLOSEST = 17;
const PADDING = 44;

export class DispatchMap {
  readonly #marks: Mark[];
  readonly #lines: Record<"best" | "second", SVGLineElement>;
  #shown: Trio<Mark> = {};

  static async make(
    element: HTMLElement,
    url: string,
    told: Told,
    hooks: Hooks,
  ): Promise<DispatchMap> {
    const all = pins(told);
    const bounds = around(all.map(({ lon, lat }) => [lon, lat]));
    const map = await lay(element, url, {
      ...(bounds && { bounds, fitBoundsOptions: { padding: PADDING, maxZoom: CLOSEST } }),
      cooperativeGestures: matchMedia("(hover: none)").matches,
      locale: { "CooperativeGesturesHandler.MobileHelpText": hooks.fingers },
    });
    return new DispatchMap(map, all, hooks);
  }

  private constructor(
    private readonly map: GL,
    all: Pin[],
    private readonly hooks: Hooks,
  ) {
    this.#lines = this.#drawLines();
    this.#marks = all.map((pin) => this.#mark(pin));
    const [first] = this.#marks;
    if (first) first.button.tabIndex = 0;
    this.#part();
    map.on("zoomend", () => this.#part());
    map.on("move", () => this.#stretch());
    map.on("resize", () => this.#stretch());
  }

  /** Between the ground and the pins, which are added after it. */
  #drawLines(): Record<"best" | "second", SVGLineElement> {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "dispatch-lines");
    svg.setAttribute("aria-hidden", "true");
    const line = (of: string) => {
      const made = document.createElementNS(SVG, "line");
      made.setAttribute("class", of);
      made.toggleAttribute("hidden", true);
      return svg.appendChild(made);
    };
    const lines = { second: line("second"), best: line("best") };
    this.map.getCanvasContainer().append(svg);
    return lines;
  }

  #mark(pin: Pin): Mark {
    const { order, people } = pin;
    const many = people && people.length > 1 ? `${people.length}` : "";
    const words =
      order?.label ?? [many, ...(people ?? []).map(({ label }) => label)].join("\n").trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pin";
    button.title = words;
    button.tabIndex = -1;
    button.append(document.createElement("i"));
    button.toggleAttribute("data-life", order?.life ?? false);
    button.toggleAttribute("data-held", order?.held ?? false);
    button.toggleAttribute("data-person", people !== null);
    if (many) button.append(Object.assign(document.createElement("b"), { textContent: many }));
    if (order) {
      for (const on of ["pointerenter", "focus"])
        button.addEventListener(on, () => this.hooks.point(order.number));
      for (const off of ["pointerleave", "blur"])
        button.addEventListener(off, () => this.hooks.point(null));
    }
    button.addEventListener("click", () => this.hooks.choose(pin));
    button.addEventListener("keydown", (event) => this.#walk(event, pin));
    const marker = new Marker({ element: button }).setLngLat(pin).addTo(this.map);
    button.setAttribute("aria-label", words); // over the one that the library gives
    return { pin, button, marker, off: { x: 0, y: 0 } };
  }

  /** Move pins out of each other's way, as close as they are at this zoom. */
  #part(): void {
    const offs = apart(this.#marks.map(({ pin }) => this.map.project(pin)));
    for (const [at, mark] of this.#marks.entries()) {
      mark.off = offs[at] ?? mark.off;
      mark.marker.setOffset([mark.off.x, mark.off.y]);
    }
    this.#stretch();
  }

  /** All pins are one stop of the tab key; arrows lead from one to the next. */
  #walk(event: KeyboardEvent, from: Pin): void {
    const at = this.#marks.findIndex(({ pin }) => pin === from);
    const to = led(event.key, at, this.#marks.length);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation(); // the map itself would move
    this.#focus(this.#marks[to]);
  }

  #focus(mark: Mark | undefined): void {
    if (!mark) return;
    for (const one of this.#marks) one.button.tabIndex = one === mark ? 0 : -1;
    if (!this.map.getBounds().contains(mark.pin)) this.map.jumpTo({ center: mark.pin });
    mark.button.focus({ preventScroll: true });
  }

  /** To an order's pin by keyboard. */
  focus(number: string): void {
    this.#focus(this.#marks.find(({ pin }) => pin.order?.number === number));
  }

  /** Show an order with who would go; null: none. */
  show(number: string | null): void {
    const found = trio(this.#marks, number);
    this.#shown = found;
    for (const mark of this.#marks) {
      const { button } = mark;
      button.toggleAttribute("data-lit", mark === found.order || mark === found.best);
      button.toggleAttribute("data-second", mark === found.second && mark !== found.best);
      delete button.dataset.name;
    }
    this.#name(found);
    this.#stretch();
  }

  /** Write by the people's pins who would go; one pin may be both's. */
  #name({ order, best, second }: Trio<Mark>): void {
    const name = (mark: Mark | undefined, id: string | null | undefined) =>
      mark?.pin.people?.find((one) => one.id === id)?.name ?? "";
    const first = name(best, order?.pin.order?.best);
    const other = second ? this.hooks.second + name(second, order?.pin.order?.second) : "";
    if (second) second.button.dataset.name = other;
    if (best) best.button.dataset.name = best === second ? `${first}\n${other}` : first;
  }

  /** Move the map so that an order and who would go are all on it; stays where they are already. */
  hold(number: string): void {
    const some = Object.values(trio(this.#marks, number)).filter((mark) => mark !== undefined);
    const bounds = around(some.map(({ pin }) => [pin.lon, pin.lat]));
    const seen = this.map.getBounds();
    if (bounds && !some.every(({ pin }) => seen.contains(pin)))
      this.map.fitBounds(bounds, { padding: PADDING, maxZoom: CLOSEST, animate: false });
  }

  #at({ pin, off }: Mark): XY {
    const { x, y } = this.map.project(pin);
    return { x: x + off.x, y: y + off.y };
  }

  /** Draw the lines from the order to both people where the pins are now. */
  #stretch(): void {
    const { order, best, second } = this.#shown;
    const to = { best, second: second === best ? undefined : second };
    for (const as of ["best", "second"] as const) {
      const [line, mark] = [this.#lines[as], to[as]];
      line.toggleAttribute("hidden", !order || !mark);
      if (!order || !mark) continue;
      const [from, end] = [this.#at(order), this.#at(mark)];
      for (const [name, value] of Object.entries({ x1: from.x, y1: from.y, x2: end.x, y2: end.y }))
        line.setAttribute(name, String(value));
      const { clientWidth: x, clientHeight: y } = this.map.getContainer();
      Object.assign(mark.button.dataset, side(end, from, { x, y }));
    }
  }
}
