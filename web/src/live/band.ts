/** Readings as what a chart draws: a line that breaks where nothing was said, and a band around it
    from the lowest to the highest of each stretch. Pure geometry. */
export interface Told {
  time: readonly number[];
  value: readonly (number | null)[];
  low: readonly number[];
  high: readonly number[];
  gaps: readonly (readonly [number, number])[];
}

/** Time in epoch ms, and a value; null breaks the line. */
export type Point = [number, number | null];

export interface Band {
  line: Point[];
  low: Point[];
  /** How far the highest lies above the lowest, at the same times as `low`. */
  room: Point[];
  /** The times of points with no neighbour to be joined to: they show as dots. */
  lonely: Set<number>;
}

/** The middle of the gap between two moments, or null for none: a stretch begins at or before its
    values, so that a gap may seem to begin after its point. */
export function parting(gaps: Told["gaps"], before: number, at: number): number | null {
  for (const [since, until] of gaps) {
    const middle = Math.floor((since + until) / 2);
    if (before < middle && middle < at) return middle;
  }
  return null;
}

export function band(told: Told): Band {
  const found: Band = { line: [], low: [], room: [], lonely: new Set() };
  const put = (time: number, value: number | null, low: number | null, high: number | null) => {
    found.line.push([time, value]);
    found.low.push([time, low]);
    found.room.push([time, low === null || high === null ? null : high - low]);
  };
  let before: number | undefined;
  for (const [at, time] of told.time.entries()) {
    const parted = before === undefined ? null : parting(told.gaps, before, time);
    if (parted !== null) put(parted, null, null, null);
    put(time, told.value[at] ?? null, told.low[at] ?? null, told.high[at] ?? null);
    before = time;
  }
  for (const [at, [time, value]] of found.line.entries()) {
    const alone =
      (found.line[at - 1]?.[1] ?? null) === null && (found.line[at + 1]?.[1] ?? null) === null;
    if (value !== null && alone) found.lonely.add(time);
  }
  return found;
}

/** Whether a band says more than the line: somewhere the highest is not the lowest. */
export const hasRoom = (drawn: Band): boolean => drawn.room.some(([, room]) => (room ?? 0) > 0);
