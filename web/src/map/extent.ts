/** Where things lie: west, south, east, north, in degrees of WGS-84. */
import type { FeatureCollection } from "geojson";

export type Box = [number, number, number, number];

function reach(coordinates: unknown, box: Box): void {
  if (!Array.isArray(coordinates)) return;
  const [lon, lat] = coordinates;
  if (typeof lon !== "number" || typeof lat !== "number") {
    for (const inner of coordinates) reach(inner, box);
    return;
  }
  box[0] = Math.min(box[0], lon);
  box[1] = Math.min(box[1], lat);
  box[2] = Math.max(box[2], lon);
  box[3] = Math.max(box[3], lat);
}

/** The box around coordinates however deeply nested; null around nothing. */
export function around(coordinates: unknown): Box | null {
  const box: Box = [180, 90, -180, -90];
  reach(coordinates, box);
  return box[0] <= box[2] ? box : null;
}

/** Where all of a drawing lies; null for an empty one. */
export const extent = ({ features }: FeatureCollection): Box | null =>
  around(features.map(({ geometry }) => ("coordinates" in geometry ? geometry.coordinates : [])));
