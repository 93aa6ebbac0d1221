import { parting } from "./band";

/** A small line of readings beside the limit that they crossed. Pure geometry. */
export interface Line {
  time: readonly number[];
  value: readonly (number | null)[];
  gaps: readonly (readonly [number, number])[];
}

const MINUTE = 60_000;

/** How much before its beginning shows what an alert rose from, ms: a few readings at the least. */
export const lookBack = (interval: number): number => Math.max(8 * MINUTE, 8 * interval);

export interface Spark {
  path: string;
  limitY: number | null;
  endX: number;
  endY: number;
}

/** Path data within width x height, time to the right; null with fewer than two readings. */
export function spark(
  line: Line,
  limit: number | null,
  width: number,
  height: number,
): Spark | null {
  const points = line.time.flatMap((time, at) => {
    const value = line.value[at];
    return value === null || value === undefined ? [] : [{ time, value }];
  });
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || first.time === last.time) return null;
  const all = points.map((point) => point.value).concat(limit ?? []);
  const low = Math.min(...all);
  const range = Math.max(...all) - low || 1;
  const x = (time: number) => ((time - first.time) / (last.time - first.time)) * width;
  const y = (value: number) => 2 + (1 - (value - low) / range) * (height - 4);
  const path = points.map((point, at) => {
    const before = points[at - 1];
    const joined = before && parting(line.gaps, before.time, point.time) === null;
    return `${joined ? "L" : "M"}${x(point.time).toFixed(1)} ${y(point.value).toFixed(1)}`;
  });
  return {
    path: path.join(""),
    limitY: limit === null ? null : y(limit),
    endX: width,
    endY: y(last.value),
  };
}
