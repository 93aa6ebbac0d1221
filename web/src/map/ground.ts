/** The ground that pins lie on: our own drawing, north up, in the colours of the cloth that is
    worn; no tiles from outside. */
import { Map as GL, type MapOptions, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { fetchDrawing } from "../live/drawing";
import { plainStyle } from "../live/map-style";
import { extent } from "./extent";
import "./pins.css";

setWorkerUrl(workerUrl);

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Lay it down from the drawing at `url`, showing `where`, else all of it; raises
    where there is no WebGL or no drawing. `data-idle` turns true as soon as all is drawn. */
export async function lay(
  element: HTMLElement,
  url: string,
  where: Partial<MapOptions> | null = null,
): Promise<GL> {
  const drawing = await fetchDrawing(url);
  const box = extent(drawing);
  const map = new GL({
    container: element,
    style: plainStyle(drawing, colour),
    attributionControl: false,
    localIdeographFontFamily: colour("font"),
    dragRotate: false,
    pitchWithRotate: false,
    minZoom: 11,
    maxZoom: 20,
    fadeDuration: 0,
    ...(where ?? (box && { bounds: box, fitBoundsOptions: { padding: 16 } })),
  });
  map.touchZoomRotate.disableRotation();
  map.on("render", () => element.setAttribute("data-idle", "false"));
  map.on("idle", () => element.setAttribute("data-idle", "true"));
  document.addEventListener("xiuhua:choice", (event) => {
    if ((event as CustomEvent<{ what: string }>).detail.what === "cloth")
      map.setStyle(plainStyle(drawing, colour), { diff: false });
  });
  return map;
}
