/** The base drawing and the layers over it, in the colours of the cloth that is worn. */
import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Snapshot } from "./wire";

export type Colour = (name: string) => string;

const METRES_A_PIXEL_Z20 = 0.06387; // tiles of 512 px at 31.17° N

/** A width on the ground, metres, as pixels at every zoom; `metres` may be an expression. */
function metres(wide: number | ExpressionSpecification, least = 0): ExpressionSpecification {
  const at = (zoom: number): ExpressionSpecification => [
    "max",
    least,
    ["/", wide, METRES_A_PIXEL_Z20 * 2 ** (20 - zoom)],
  ];
  return ["interpolate", ["exponential", 2], ["zoom"], 12, at(12), 21, at(21)];
}

const kind = (...kinds: string[]): ExpressionSpecification => [
  "in",
  ["get", "kind"],
  ["literal", kinds],
];

const name: ExpressionSpecification = ["get", "name"];

function fill(id: string, kinds: string[], color: string, more = {}): LayerSpecification {
  const paint = { "fill-color": color, "fill-antialias": true, ...more };
  return { id, type: "fill", source: "base", filter: kind(...kinds), paint };
}

function line(
  id: string,
  kinds: string[],
  color: string,
  width: ExpressionSpecification | number,
  more = {},
) {
  return {
    id,
    type: "line",
    source: "base",
    filter: kind(...kinds),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": color, "line-width": width, ...more },
  } satisfies LayerSpecification;
}

function label(id: string, kinds: string[], colour: Colour, size: number, from: number, more = {}) {
  return {
    id,
    type: "symbol",
    source: "base",
    filter: kind(...kinds),
    minzoom: from,
    layout: { "text-field": name, "text-size": size, "text-padding": 6, ...more },
    paint: {
      "text-color": colour("map-label"),
      "text-halo-color": colour("map-ground"),
      "text-halo-width": 1.4,
    },
  } satisfies LayerSpecification;
}

/** Drawn from the ground up. */
function base(colour: Colour): LayerSpecification[] {
  const width: ExpressionSpecification = ["coalesce", ["get", "width"], 6];
  return [
    { id: "ground", type: "background", paint: { "background-color": colour("map-ground") } },
    fill("public", ["public"], colour("map-site")),
    line("road", ["road"], colour("map-road"), metres(width, 1)),
    fill("compound", ["compound"], colour("map-site")),
    line("fence", ["compound"], colour("edge"), 1),
    fill("green", ["green"], colour("map-green")),
    fill("water", ["river", "pond"], colour("map-water")),
    line("path", ["path"], colour("map-road"), metres(width)),
    line("track", ["track"], colour("edge"), 1),
    fill("building", ["building", "hall", "shed", "station"], colour("map-building")),
    {
      id: "tree",
      type: "circle",
      source: "base",
      minzoom: 16.2,
      filter: kind("tree"),
      paint: { "circle-color": colour("map-green"), "circle-radius": metres(1.6) },
    },
    line("metro", ["metro"], colour("edge-strong"), 2, {
      "line-dasharray": [3, 3],
      "line-opacity": 0.6,
    }),
    label("road-name", ["road"], colour, 12, 15, {
      "symbol-placement": "line",
      "text-letter-spacing": 0.2,
    }),
    label("building-name", ["building-name"], colour, 11, 17),
    label("place-name", ["public-name", "station-name", "station", "exit"], colour, 12, 15),
    label("compound-name", ["compound-name"], colour, 14, 13, { "text-letter-spacing": 0.08 }),
  ];
}

const DOT: ExpressionSpecification = [
  "interpolate",
  ["linear"],
  ["zoom"],
  13,
  1.3,
  15,
  2,
  17,
  2.8,
  19,
  5,
];
const RING: ExpressionSpecification = [
  "interpolate",
  ["linear"],
  ["zoom"],
  13,
  0.34,
  15,
  0.5,
  18,
  0.9,
];
const state = (is: string): ExpressionSpecification => ["==", ["get", "state"], is];

function over(colour: Colour): LayerSpecification[] {
  return [
    {
      id: "well",
      type: "circle",
      source: "devices",
      filter: state("well"),
      paint: { "circle-color": colour("well"), "circle-radius": DOT, "circle-opacity": 0.75 },
    },
    {
      id: "silent",
      type: "symbol",
      source: "devices",
      filter: state("silent"),
      layout: { "icon-image": "silent", "icon-size": RING, "icon-allow-overlap": true },
    },
    {
      id: "alerts",
      type: "symbol",
      source: "alerts",
      layout: {
        "icon-image": ["get", "level"],
        "icon-size": [
          "*",
          ["get", "size"],
          ["match", ["get", "level"], "critical", 1.15, "serious", 1, 0.8],
        ],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "rank"],
      },
    },
    {
      id: "alert-names",
      type: "symbol",
      source: "alerts",
      layout: {
        "text-field": ["get", "words"],
        "text-size": ["match", ["get", "level"], "critical", 16, 14],
        "text-variable-anchor": ["left", "right", "top", "bottom"],
        "text-radial-offset": 1.1,
        "text-justify": "auto",
        "text-max-width": 14,
        "symbol-sort-key": ["-", 0, ["get", "rank"]],
      },
      paint: {
        "text-color": colour("ink"),
        "text-halo-color": colour("map-ground"),
        "text-halo-width": 2,
      },
    },
  ];
}

/** The drawing alone, for forms in which somebody picks a spot. */
export function plainStyle(drawing: FeatureCollection, colour: Colour): StyleSpecification {
  return {
    version: 8,
    sources: { base: { type: "geojson", data: drawing } },
    layers: base(colour),
  };
}

const EMPTY = { type: "FeatureCollection" as const, features: [] };

/** The whole style: tiles below if the house has set a source of them, else our own drawing alone. */
export function mapStyle(
  drawing: FeatureCollection,
  map: Snapshot["map"],
  colour: Colour,
): StyleSpecification {
  const [ground, ...rest] = base(colour);
  const tiles = map.tiles
    ? {
        source: { tiles: { type: "raster" as const, tiles: [map.tiles], tileSize: 256 } },
        layers: [{ id: "tiles", type: "raster" as const, source: "tiles" }],
      }
    : { source: {}, layers: [] };
  return {
    version: 8,
    sources: {
      base: { type: "geojson", data: drawing },
      devices: { type: "geojson", data: EMPTY },
      alerts: { type: "geojson", data: EMPTY },
      ...tiles.source,
    },
    layers: [...(ground ? [ground] : []), ...tiles.layers, ...rest, ...over(colour)],
  };
}
