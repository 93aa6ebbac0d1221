/** The map: a quiet drawing, small dots, and the few things that need a person. Loaded by itself.

    It shows what the list says, for eyes only: keyboard and screen reader have the list. */
import type { Feature, FeatureCollection, Polygon } from "geojson";
import {
  type GeoJSONSource,
  Map as GL,
  LngLatBounds,
  Marker,
  Popup,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { z } from "zod";
import { mapStyle } from "./map-style";
import { allInOrder, type DeviceState, deviceStates, inOrder } from "./order";
import { PATHS } from "./shapes";
import type { Picture } from "./state";
import type { Alert, Snapshot } from "./wire";
import { inWords, language } from "./words";

setWorkerUrl(workerUrl);

const Drawing = z.object({
  type: z.literal("FeatureCollection"),
  features: z.array(
    z.looseObject({
      properties: z.looseObject({ zh: z.string().optional(), en: z.string().optional() }),
      geometry: z.looseObject({ type: z.string(), coordinates: z.array(z.unknown()) }),
    }),
  ),
});

const SHAPES = ["silent", "warn", "serious", "critical"] as const;
const ICON = 26;
const RATIO = 2;

/** Fetch the base drawing, with each feature's name in the reader's language. A polygon's name gets
    a point of its own: on the polygon it would be written again in every tile. */
export async function fetchDrawing(url: string): Promise<FeatureCollection> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the drawing of the map: ${response.status}`);
  const drawing = Drawing.parse(await response.json()) as unknown as FeatureCollection;
  const names: Feature[] = [];
  for (const { properties, geometry } of drawing.features) {
    const words = language === "zh" ? properties?.zh : (properties?.en ?? properties?.zh);
    if (!words || !properties) continue;
    if (geometry.type === "Polygon")
      names.push(point(...middle(geometry), { kind: `${properties.kind}-name`, name: words }));
    else properties.name = words;
  }
  return collect([...drawing.features, ...names]);
}

/** The middle of the box around a polygon. */
function middle({ coordinates: [ring = []] }: Polygon): [number, number] {
  const mid = (at: 0 | 1) => {
    const all = ring.map((corner) => corner[at] ?? 0);
    return (Math.min(...all) + Math.max(...all)) / 2;
  };
  return [mid(0), mid(1)];
}

function icon(state: (typeof SHAPES)[number], fill: string, edge: string): ImageData {
  const size = ICON * RATIO;
  const canvas = new OffscreenCanvas(size, size);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.scale(size / 24, size / 24);
  const path = new Path2D(PATHS[state]);
  if (state === "silent") {
    pen.setLineDash([4, 3.2]);
    pen.lineWidth = 2.6;
    pen.strokeStyle = fill;
  } else {
    pen.fillStyle = fill;
    pen.fill(path);
    pen.lineWidth = 1.4;
    pen.strokeStyle = edge;
  }
  pen.stroke(path);
  return pen.getImageData(0, 0, size, size);
}

const point = (lon: number, lat: number, properties: object): Feature => ({
  type: "Feature",
  properties: { ...properties },
  geometry: { type: "Point", coordinates: [lon, lat] },
});

const collect = (features: Feature[]): FeatureCollection => ({
  type: "FeatureCollection",
  features,
});

interface Placed extends Alert {
  lon: number;
  lat: number;
}

const onMap = (alert: Alert): alert is Placed =>
  alert.cleared === null && alert.lon !== null && alert.lat !== null;

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export class LiveMap {
  readonly #map: GL;
  readonly #pulses = new Map<string, Marker>();
  #picture: Picture | null = null;
  #ready = false;
  #placed = false;

  /** Draw the base; raises where there is no WebGL or no drawing. */
  static async make(
    element: HTMLElement,
    map: Snapshot["map"],
    open: (id: string) => void,
  ): Promise<LiveMap> {
    return new LiveMap(element, await fetchDrawing(map.url), map, open);
  }

  private constructor(
    element: HTMLElement,
    private readonly drawing: FeatureCollection,
    private readonly settings: Snapshot["map"],
    private readonly open: (id: string) => void,
  ) {
    this.#map = new GL({
      container: element,
      style: mapStyle(drawing, settings, colour),
      attributionControl: false,
      localIdeographFontFamily: colour("font"),
      dragRotate: false,
      pitchWithRotate: false,
      keyboard: false,
      minZoom: 12,
      maxZoom: 20,
      fadeDuration: 0,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.on("style.load", () => this.#dress());
    this.#map.on("render", () => element.setAttribute("data-idle", "false"));
    this.#map.on("idle", () => element.setAttribute("data-idle", "true"));
    this.#map.on("click", "alerts", (event) => {
      const id = event.features?.[0]?.properties.id as string | undefined;
      if (id) this.open(id);
    });
    this.#map.on("click", (event) => this.#explain(event.point, event.lngLat));
    for (const layer of ["alerts", "well", "silent"]) {
      this.#map.on("mouseenter", layer, () => this.#pointer("pointer"));
      this.#map.on("mouseleave", layer, () => this.#pointer(""));
    }
  }

  #pointer(cursor: string): void {
    this.#map.getCanvas().style.cursor = cursor;
  }

  #dress(): void {
    for (const state of SHAPES) {
      const image = icon(state, colour(state), colour("map-ground"));
      if (!this.#map.hasImage(state)) this.#map.addImage(state, image, { pixelRatio: RATIO });
    }
    this.#ready = true;
    const picture = this.#picture;
    this.#picture = null;
    if (picture) this.show(picture);
  }

  /** The cloth has changed: draw all of it again in its colours. */
  redress(): void {
    this.#map.setStyle(mapStyle(this.drawing, this.settings, colour), { diff: false });
  }

  /** Show the picture; costs nothing where neither devices nor alerts have changed. */
  show(picture: Picture): void {
    const before = this.#picture;
    this.#picture = picture;
    if (!this.#ready) return;
    if (before?.alerts === picture.alerts && before.devices === picture.devices) return;
    this.#source("devices").setData(collect(deviceFeatures(picture)));
    const alerts = allInOrder(picture.alerts.values()).filter(onMap);
    const listed = new Set(inOrder(picture.alerts.values()).map((alert) => alert.id));
    const features = alerts.map((alert, at) => alertFeature(alert, at, listed.has(alert.id)));
    this.#source("alerts").setData(collect(features));
    this.#pulse(alerts.filter((alert) => alert.life_safety && alert.level === "critical"));
    if (!this.#placed) this.fit(false);
    this.#placed = true;
  }

  #source(name: string): GeoJSONSource {
    return this.#map.getSource(name) as GeoJSONSource;
  }

  #pulse(alerts: Placed[]): void {
    const wanted = new Set(alerts.map((alert) => alert.id));
    for (const [id, marker] of this.#pulses)
      if (!wanted.has(id)) {
        marker.remove();
        this.#pulses.delete(id);
      }
    for (const alert of alerts) {
      if (this.#pulses.has(alert.id)) continue;
      const element = document.createElement("div");
      element.append(document.createElement("i")); // the marker's own transform must stay its own
      element.className = "map-pulse";
      element.setAttribute("aria-hidden", "true");
      const marker = new Marker({ element }).setLngLat([alert.lon, alert.lat]).addTo(this.#map);
      this.#pulses.set(alert.id, marker);
    }
  }

  #explain(at: { x: number; y: number }, where: { lng: number; lat: number }): void {
    const box: [[number, number], [number, number]] = [
      [at.x - 5, at.y - 5],
      [at.x + 5, at.y + 5],
    ];
    if (this.#map.queryRenderedFeatures(box, { layers: ["alerts"] }).length > 0) return;
    const hit = this.#map.queryRenderedFeatures(box, { layers: ["well", "silent"] })[0];
    const picture = this.#picture;
    if (!hit || !picture) return;
    const content = deviceCard(picture, Number(hit.properties.at));
    new Popup({ closeButton: false, maxWidth: "300px" })
      .setLngLat([where.lng, where.lat])
      .setDOMContent(content)
      .addTo(this.#map);
  }

  /** Bring an alert or a device into the middle of what the sheet leaves free. */
  centre(lon: number, lat: number): void {
    this.#placed = true;
    const covered = document.getElementById("live-sheet")?.offsetWidth ?? 0;
    const room = this.#map.getContainer().offsetWidth;
    const padding = { right: covered < room ? covered : 0, left: 0, top: 0, bottom: 0 };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const zoom = Math.max(this.#map.getZoom(), 17);
    if (still) this.#map.jumpTo({ center: [lon, lat], zoom, padding });
    else this.#map.easeTo({ center: [lon, lat], zoom, padding, duration: 500 });
  }

  /** The whole neighbourhood. */
  fit(moving = true): void {
    const { lon = [], lat = [] } = this.#picture?.devices ?? {};
    if (lon.length === 0) return;
    const bounds = lon.reduce(
      (all, x, at) => all.extend([x, lat[at] ?? 0]),
      new LngLatBounds([lon[0] ?? 0, lat[0] ?? 0], [lon[0] ?? 0, lat[0] ?? 0]),
    );
    this.#map.setPadding({ left: 0, right: 0, top: 0, bottom: 0 });
    this.#map.fitBounds(bounds, { padding: 28, animate: moving, maxZoom: 18 });
  }

  zoom(by: 1 | -1): void {
    this.#map.zoomTo(this.#map.getZoom() + by);
  }
}

function deviceFeatures(picture: Picture): Feature[] {
  const states = deviceStates(picture.alerts.values());
  const { id, lon, lat } = picture.devices;
  return id.flatMap((device, at) => {
    const state: DeviceState = states.get(device) ?? "well";
    return [point(lon[at] ?? 0, lat[at] ?? 0, { at, state })];
  });
}

/** What stands under a storm is smaller than what stands in the list, and has no name. */
function alertFeature(alert: Placed, order: number, listed: boolean): Feature {
  const words = listed ? inWords(alert.name) : "";
  const { id, level } = alert;
  return point(alert.lon, alert.lat, { id, level, words, size: listed ? 1 : 0.6, rank: -order });
}

function deviceCard(picture: Picture, at: number): HTMLElement {
  const { devices, kinds } = picture;
  const id = devices.id[at] ?? "";
  const kind = kinds[devices.kind[at] ?? -1];
  const place = devices.places[devices.place[at] ?? -1];
  const card = document.createElement("div");
  const title = document.createElement("strong");
  title.textContent = kind ? inWords(kind.name) : id;
  const where = document.createElement("p");
  where.textContent = place ? inWords(place) : "";
  const link = document.createElement("a");
  link.href = `/devices/${encodeURIComponent(id)}`;
  link.textContent = id;
  card.append(title, where, link);
  return card;
}
