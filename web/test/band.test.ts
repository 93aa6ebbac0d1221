import { describe, expect, it } from "vitest";
import { band, hasRoom, parting } from "../src/live/band";
import { spark } from "../src/live/spark";

const told = {
  time: [0, 10, 50, 60, 100],
  value: [1, 2, 3, 4, 5],
  low: [0, 2, 2, -4, 5],
  high: [1, 2, 5, 6, 5],
  gaps: [
    [12, 50],
    [65, 100],
    [104, 300],
  ] as [number, number][],
};

describe("a band with its gaps", () => {
  it("breaks line and band in each gap and nowhere else", () => {
    const drawn = band(told);
    expect(drawn.line).toEqual([
      [0, 1],
      [10, 2],
      [31, null],
      [50, 3],
      [60, 4],
      [82, null],
      [100, 5],
    ]);
    expect(drawn.low.map(([time]) => time)).toEqual(drawn.line.map(([time]) => time));
    expect(drawn.room.map(([, room]) => room)).toEqual([1, 0, null, 3, 10, null, 0]);
  });

  it("shows a point with no neighbour as a dot", () => {
    expect([...band(told).lonely]).toEqual([100]);
    expect([...band({ ...told, gaps: [] }).lonely]).toEqual([]);
  });

  it("has nothing to show for a device that says one value in each stretch", () => {
    expect(hasRoom(band(told))).toBe(true);
    expect(hasRoom(band({ ...told, low: told.value, high: told.value }))).toBe(false);
  });

  it("parts two points only where the middle of a gap lies between them", () => {
    expect(parting(told.gaps, 10, 50)).toBe(31);
    expect(parting(told.gaps, 0, 10)).toBeNull();
    expect(parting([], 0, 1000)).toBeNull();
  });

  it("leaves the same gaps in the small line of the list", () => {
    expect(spark(told, null, 100, 20)?.path.match(/M/g)).toHaveLength(3);
    expect(spark({ ...told, gaps: [] }, null, 100, 20)?.path.match(/M/g)).toHaveLength(1);
  });
});
