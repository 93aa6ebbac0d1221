/** The dispatch map's pins: one for each order and each spot with people, none upon another. */
import { describe, expect, it } from "vitest";
import { apart, GAP, led, type Pin, pins, side, Told, trio } from "../src/dispatch/pins";
import { around, extent } from "../src/map/extent";

const order = (number: string, more = {}) => ({
  number,
  lon: 121.42,
  lat: 31.17,
  label: number,
  life: false,
  held: false,
  best: null,
  second: null,
  ...more,
});
const person = (id: string, lon = 121.43) => ({ id, lon, lat: 31.17, name: id, label: id });

const held = (all: Pin[]) => all.map((pin) => ({ pin }));
const names = (pin?: { pin: Pin }) => pin?.pin.people?.map(({ id }) => id);

describe("pins", () => {
  it("are one for each order, in the list's order, then one for each spot with people", () => {
    const people = [person("a"), person("b", 121.44), person("c", 121.430001)];
    const found = pins(Told.parse({ orders: [order("2"), order("1")], people }));
    expect(found.map((pin) => pin.order?.number ?? pin.people?.map(({ id }) => id))).toEqual([
      "2",
      "1",
      ["a", "c"],
      ["b"],
    ]);
  });

  it("lead from an order to who would go and to the second best", () => {
    const orders = [order("1", { best: "a", second: "b" }), order("2", { held: true })];
    const people = [person("a"), person("b", 121.44)];
    const all = held(pins({ orders, people }));
    const { order: of, best, second } = trio(all, "1");
    expect([of?.pin.order?.number, names(best), names(second)]).toEqual(["1", ["a"], ["b"]]);
    expect(trio(all, "2")).toEqual({ order: all[1], best: undefined, second: undefined });
    expect(trio(all, null)).toEqual({ order: undefined, best: undefined, second: undefined });
  });

  it("of one person who is both ends' is one", () => {
    const orders = [order("1", { best: "a", second: "b" })];
    const found = trio(held(pins({ orders, people: [person("a"), person("b")] })), "1");
    expect(found.best).toBe(found.second);
  });

  it("are refused where the page says something else", () => {
    expect(() => Told.parse({ orders: [{ number: "1" }], people: [] })).toThrow();
  });
});

describe("apart", () => {
  const scattered = (n: number, wide: number) =>
    Array.from({ length: n }, (_, at) => ({ x: (at * 37.7) % wide, y: (at * 61.3) % wide }));

  it.each([
    ["one spot", Array(40).fill({ x: 5, y: 5 })],
    ["a crowd", scattered(40, 240)],
    ["plenty of room", scattered(40, 4000)],
  ])("leaves no pin upon another: %s", (_, spots) => {
    const offs = apart(spots);
    const at = offs.map(({ x, y }, n) => ({ x: x + spots[n].x, y: y + spots[n].y }));
    for (const [n, one] of at.entries())
      for (const other of at.slice(n + 1))
        expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(GAP - 0.1);
  });

  it("throws nothing far from where it is, however many there are", () => {
    for (const { x, y } of apart(Array(200).fill({ x: 5, y: 5 })))
      expect(Math.hypot(x, y)).toBeLessThanOrEqual(4 * GAP + 0.1);
  });

  it("moves nothing that has room", () => {
    const spots = [0, 1, 2].map((at) => ({ x: at * GAP, y: 0 }));
    expect(apart(spots).map(({ x, y }) => Math.hypot(x, y))).toEqual([0, 0, 0]);
  });

  it("moves the later of two, and as little as it can", () => {
    const [first, second] = apart([
      { x: 0, y: 0 },
      { x: 0, y: 0 },
    ]);
    expect(Math.hypot(first?.x ?? 9, first?.y ?? 9)).toBe(0);
    expect(Math.hypot(second?.x ?? 0, second?.y ?? 0)).toBeCloseTo(GAP);
  });
});

it("keys lead round all pins, and no other key does", () => {
  expect(led("ArrowRight", 2, 3)).toBe(0);
  expect(led("ArrowUp", 0, 3)).toBe(2);
  expect(led("End", 0, 3)).toBe(2);
  expect(led("Home", 2, 3)).toBe(0);
  expect(led("Enter", 0, 3)).toBeNull();
});

it("a name stands away from the line and within the map", () => {
  const size = { x: 300, y: 300 };
  const order = { x: 150, y: 150 };
  expect(side({ x: 150, y: 200 }, order, size)).toEqual({ x: "middle", y: "below" });
  expect(side({ x: 280, y: 100 }, order, size)).toEqual({ x: "end", y: "above" });
  expect(side({ x: 10, y: 10 }, order, size)).toEqual({ x: "start", y: "below" });
  expect(side({ x: 150, y: 290 }, order, size)).toEqual({ x: "middle", y: "above" });
});

it("the box around a drawing holds all of it; around nothing there is none", () => {
  const ring = [
    [121.4, 31.1],
    [121.5, 31.1],
    [121.5, 31.2],
  ];
  const geometry = { type: "Polygon" as const, coordinates: [ring] };
  const features = [{ type: "Feature" as const, properties: {}, geometry }];
  expect(extent({ type: "FeatureCollection", features })).toEqual([121.4, 31.1, 121.5, 31.2]);
  expect(extent({ type: "FeatureCollection", features: [] })).toBeNull();
  expect(around([[121.4, 31.1]])).toEqual([121.4, 31.1, 121.4, 31.1]);
});
