/** The base drawing of the map, with names in the reader's language. */
import type { Feature, FeatureCollection, Polygon } from "geojson";
import { z } from "zod";
import { language } from "./words";

const Drawing = z.object({
  type: z.literal("FeatureCollection"),
  features: z.array(
    z.looseObject({
      properties: z.looseObject({ zh: z.string().optional(), en: z.string().optional() }),
      geometry: z.looseObject({ type: z.string(), coordinates: z.array(z.unknown()) }),
    }),
  ),
});

export const point = (lon: number, lat: number, properties: object): Feature => ({
  type: "Feature",
  properties: { ...properties },
  geometry: { type: "Point", coordinates: [lon, lat] },
});

export const collect = (features: Feature[]): FeatureCollection => ({
  type: "FeatureCollection",
  features,
});

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
