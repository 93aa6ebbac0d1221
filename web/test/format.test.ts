import { describe, expect, it } from "vitest";
import { thinned } from "../src/live/day";
import { age, clock, moment, reading, span, unitOf } from "../src/live/format";
import { deed, type Press } from "../src/live/keys";
import { spark } from "../src/live/spark";
import { words } from "../src/live/words";
import { NOW } from "./world";

describe("times", () => {
  it.each([
    [900, "0 秒", "0 s"],
    [80_000, "1 分 20 秒", "1 min 20 s"],
    [120_000, "2 分", "2 min"],
    [12 * 60_000 + 5_000, "12 分", "12 min"],
    [3 * 3_600_000 + 5 * 60_000, "3 小时 5 分", "3 h 5 min"],
    [49 * 3_600_000, "2 天 1 小时", "2 d 1 h"],
    [-5, "0 秒", "0 s"],
  ])("says a span of %d ms", (ms, zh, en) => {
    expect(span(ms, "zh")).toBe(zh);
    expect(span(ms, "en")).toBe(en);
  });

  it("says the time of Shanghai, and the day where it is another", () => {
    expect(clock(NOW)).toBe("03:12:46");
    expect(moment(NOW, NOW, "zh")).toBe("03:12");
    expect(moment(NOW - 4 * 3_600_000, NOW, "zh")).toBe("昨日 23:12");
    expect(moment(NOW - 50 * 3_600_000, NOW, "en")).toBe("11-22 01:12");
  });

  it("says the age of the picture in tenths only while that matters", () => {
    expect([420, 9_940, 38_000].map((ms) => age(ms, "zh"))).toEqual(["0.4 秒", "9.9 秒", "38 秒"]);
  });
});

it("says readings with the digits that mean something", () => {
  expect([0.3, 0.0412, 46.24, 3200, 0].map(reading)).toEqual([
    "0.3",
    "0.0412",
    "46.2",
    "3,200",
    "0",
  ]);
});

it("writes units as people do", () => {
  expect(["Cel", "dB/m", "m3/h", "1"].map(unitOf)).toEqual(["℃", "dB/m", "m³/h", ""]);
});

describe("the small line", () => {
  it("spans the box, with the limit within it and gaps left out", () => {
    const drawn = spark({ time: [0, 5, 10], value: [0, null, 10], gaps: [] }, 5, 100, 24);
    expect(drawn).toEqual({ path: "M0.0 22.0L100.0 2.0", limitY: 12, endX: 100, endY: 2 });
  });

  it("needs two moments", () => {
    expect(spark({ time: [3], value: [1], gaps: [] }, null, 100, 24)).toBeNull();
    expect(spark({ time: [], value: [], gaps: [] }, 1, 100, 24)).toBeNull();
  });
});

it("keeps the worst of the ticks that would lie upon each other, none from before yesterday", () => {
  const tick = (id: string, level: "warn" | "critical", ago: number) => {
    return { id, level, start: NOW - ago, name: { zh: "", en: "" } };
  };
  const ticks = [
    tick("old", "critical", 90_000_000),
    tick("worst", "critical", 3_500_000),
    tick("beside", "warn", 3_490_000),
    tick("now", "warn", 0),
  ];
  expect(thinned(ticks, NOW).map(({ id }) => id)).toEqual(["worst", "now"]);
});

describe("keys", () => {
  const press = (key: string, more: Partial<Press> = {}) =>
    deed({
      key,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      typing: false,
      onControl: false,
      ...more,
    });

  it("mean the same in both cases, and nothing with Ctrl", () => {
    expect([press("j"), press("J"), press("ArrowDown")]).toEqual(["next", "next", "next"]);
    expect(press("f", { ctrlKey: true })).toBeNull();
  });

  it("leave text alone, but Esc gets out of it", () => {
    expect(press("d", { typing: true })).toBeNull();
    expect(press("Escape", { typing: true })).toBe("close");
  });

  it("leave a button its own Enter and space", () => {
    expect([press("Enter", { onControl: true }), press(" ", { onControl: true })]).toEqual([
      null,
      null,
    ]);
    expect(press(" ")).toBe("acknowledge");
  });
});

it("says everything in both languages", () => {
  const keysOf = (value: object): string[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === "object" ? keysOf(inner).map((more) => `${key}.${more}`) : [key],
    );
  expect(keysOf(words.en)).toEqual(keysOf(words.zh));
});
