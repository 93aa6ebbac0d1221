/** Where is it? In a form with a list of places: from the device's position, or from a map. The
    list stays: it takes what was picked, and it alone is there without this script. */
import { z } from "zod";
import type { PickMap, Spot } from "./map";
import "./picker.css";

const Near = z.object({
  near: z.array(z.object({ code: z.string(), label: z.string(), metres: z.number() })),
  grid: z.string(),
});

const byId = <T extends HTMLElement>(id: string | undefined) =>
  document.getElementById(id ?? "") as T | null;

const DIGITS = 6;
const PATIENCE = 15_000;

class Picker {
  #map: PickMap | null = null;
  readonly #said: HTMLElement | null;
  readonly #body: HTMLElement | null;

  constructor(private readonly root: HTMLElement) {
    this.#said = root.querySelector("[data-picker-said]");
    this.#body = root.querySelector("[data-picker-body]");
    this.#on("here", () => this.#here());
    this.#on("open", (button) => void this.#open(button));
    this.#on("take", () => this.#map && void this.#take(this.#map.middle));
    root.closest("form")?.addEventListener("change", (event) => {
      if (event.isTrusted && event.target === this.#select) this.#put(null);
    });
    root.hidden = false;
    if (!navigator.geolocation)
      root.querySelector("[data-picker-here]")?.setAttribute("hidden", "");
  }

  /** Looked up anew: a list that was narrowed is another element. */
  get #select(): HTMLSelectElement | null {
    return byId<HTMLSelectElement>(this.root.dataset.select);
  }

  #on(what: string, act: (button: HTMLElement) => void): void {
    const button = this.root.querySelector<HTMLElement>(`[data-picker-${what}]`);
    button?.addEventListener("click", () => act(button));
  }

  #say(words: string): void {
    if (this.#said) this.#said.textContent = words;
  }

  #here(): void {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const spot = { lon: coords.longitude, lat: coords.latitude };
        this.#map?.go(spot);
        void this.#take(spot);
      },
      () => this.#say(this.root.dataset.refused ?? ""),
      { enableHighAccuracy: true, timeout: PATIENCE },
    );
  }

  async #open(button: HTMLElement): Promise<void> {
    if (!this.#body) return;
    this.#body.hidden = !this.#body.hidden;
    button.setAttribute("aria-expanded", String(!this.#body.hidden));
    if (this.#body.hidden || this.#map) return;
    const element = this.root.querySelector<HTMLElement>("[data-picker-map]");
    if (!element) return;
    try {
      const { PickMap } = await import("./map");
      this.#map = await PickMap.make(element, this.root.dataset.drawing ?? "", this.#spot());
      this.#map.focus();
    } catch {
      this.#body.hidden = true; // no WebGL, or no drawing: the list is there
      button.hidden = true;
    }
  }

  #spot(): Spot | null {
    const lon = byId<HTMLInputElement>(this.root.dataset.lon)?.value;
    const lat = byId<HTMLInputElement>(this.root.dataset.lat)?.value;
    return lon && lat ? { lon: Number(lon), lat: Number(lat) } : null;
  }

  #put(spot: Spot | null): void {
    const lon = byId<HTMLInputElement>(this.root.dataset.lon);
    const lat = byId<HTMLInputElement>(this.root.dataset.lat);
    if (lon) lon.value = spot ? spot.lon.toFixed(DIGITS) : "";
    if (lat) lat.value = spot ? spot.lat.toFixed(DIGITS) : "";
  }

  /** Sent as a form is: where somebody stands belongs into no address and no log. */
  #ask({ lon, lat }: Spot): Promise<Response> {
    const form = this.root.closest("form");
    const token = form?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value;
    const body = new URLSearchParams({ lon: lon.toFixed(DIGITS), lat: lat.toFixed(DIGITS) });
    body.set("csrfmiddlewaretoken", token ?? "");
    return fetch(this.root.dataset.near ?? "", { method: "POST", body });
  }

  /** Keep the spot, name what is near, choose the nearest in the list. */
  async #take(spot: Spot): Promise<void> {
    this.#put(spot);
    const answer = await this.#ask(spot).catch(() => null);
    const found = answer?.ok ? Near.parse(await answer.json()) : null;
    const [nearest] = found?.near ?? [];
    if (!nearest) {
      this.#say(found?.grid || this.root.dataset.none || "");
      return;
    }
    const select = this.#select;
    if (select) {
      const offered = [...select.options].some((option) => option.value === nearest.code);
      if (!offered) select.add(new Option(nearest.label, nearest.code));
      select.value = nearest.code;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const parts = [nearest.label, `${nearest.metres} ${this.root.dataset.metres}`, found?.grid];
    this.#say(parts.filter(Boolean).join(" · "));
  }
}

for (const root of document.querySelectorAll<HTMLElement>("[data-picker]")) new Picker(root);
