/** The map that a spot is picked on: the spot is where the cross in its middle stands, so that
    arrow keys pick as well as a finger does. Loaded when somebody opens it. */
import { Map as GL, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { fetchDrawing } from "../live/drawing";
import { plainStyle } from "../live/map-style";

setWorkerUrl(workerUrl);

export interface Spot {
  lon: number;
  lat: number;
}

const CLOSE = 18;
const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Where all of the drawing lies: west, south, east, north. */
function extent(coordinates: unknown, box: [number, number, number, number]): void {
  if (!Array.isArray(coordinates)) return;
  const [lon, lat] = coordinates;
  if (typeof lon !== "number" || typeof lat !== "number") {
    for (const inner of coordinates) extent(inner, box);
    return;
  }
  box[0] = Math.min(box[0], lon);
  box[1] = Math.min(box[1], lat);
  box[2] = Math.max(box[2], lon);
  box[3] = Math.max(box[3], lat);
}

export class PickMap {
  readonly #map: GL;

  static async make(element: HTMLElement, url: string, start: Spot | null): Promise<PickMap> {
    return new PickMap(element, await fetchDrawing(url), start);
  }

  private constructor(
    element: HTMLElement,
    drawing: Awaited<ReturnType<typeof fetchDrawing>>,
    start: Spot | null,
  ) {
    const box: [number, number, number, number] = [180, 90, -180, -90];
    for (const { geometry } of drawing.features)
      if ("coordinates" in geometry) extent(geometry.coordinates, box);
    this.#map = new GL({
      container: element,
      style: plainStyle(drawing, colour),
      attributionControl: false,
      localIdeographFontFamily: colour("font"),
      dragRotate: false,
      pitchWithRotate: false,
      minZoom: 12,
      maxZoom: 20,
      fadeDuration: 0,
      ...(start
        ? { center: [start.lon, start.lat], zoom: CLOSE }
        : { bounds: box, fitBoundsOptions: { padding: 8 } }),
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.on("idle", () => element.setAttribute("data-idle", "true"));
  }

  focus(): void {
    this.#map.getCanvas().focus();
  }

  get middle(): Spot {
    const { lng, lat } = this.#map.getCenter();
    return { lon: lng, lat };
  }

  go({ lon, lat }: Spot): void {
    this.#map.jumpTo({ center: [lon, lat], zoom: CLOSE });
  }
}
