/** What the dispatch page's map shows, and where its pins lie. Pure. */
import { z } from "zod";

const At = { lon: z.number(), lat: z.number(), label: z.string() };

export const Told = z.object({
  orders: z.array(
    z.object({
      ...At,
      number: z.string(),
      life: z.boolean(),
      held: z.boolean(),
      best: z.string().nullable(),
      second: z.string().nullable(),
    }),
  ),
  people: z.array(z.object({ ...At, id: z.string(), name: z.string() })),
});
export type Told = z.infer<typeof Told>;
export type Order = Told["orders"][number];
export type Person = Told["people"][number];

export interface XY {
  x: number;
  y: number;
}

/** A mark at a spot; people at one spot share one. */
export type Pin = { lon: number; lat: number } & (
  | { order: Order; people: null }
  | { order: null; people: Person[] }
);

/** Every order has a pin of its own, in the order of the list; then the people, one pin a spot. */
export function pins({ orders, people }: Told): Pin[] {
  return [
    ...orders.map((order) => ({ lon: order.lon, lat: order.lat, order, people: null })),
    ...grouped(people).map((some) => ({
      lon: some[0].lon,
      lat: some[0].lat,
      order: null,
      people: some,
    })),
  ];
}

const METRE = 1e5; // degrees so finely that a spot is about a metre wide

/** Those of one spot together, in the order in which each spot first comes. */
function grouped<T extends { lon: number; lat: number }>(all: T[]): [T, ...T[]][] {
  const by = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const spot = `${Math.round(one.lon * METRE)} ${Math.round(one.lat * METRE)}`;
    const some = by.get(spot);
    if (some) some.push(one);
    else by.set(spot, [one]);
  }
  return [...by.values()];
}

/** Pixels from the middle of a pin to that of its neighbour, at least. */
export const GAP = 26;

/** How far a pin may be moved, as rings half a gap apart. */
const RINGS = 8;

/** How far each pin is moved, pixels, so that none covers another: the first stays where it is, each
    further one takes the nearest place that is free. In a crowd so dense that none is free nearby a
    pin stays, upon others, until somebody comes closer. */
export function apart(spots: XY[]): XY[] {
  const taken: XY[] = [];
  return spots.map((spot) => {
    for (let ring = 0; ring <= RINGS; ring++) {
      const many = Math.max(1, 6 * ring);
      for (let at = 0; at < many; at++) {
        const turn = (2 * Math.PI * at) / many;
        const off = {
          x: (ring * GAP * Math.cos(turn)) / 2,
          y: (ring * GAP * Math.sin(turn)) / 2,
        };
        const place = { x: spot.x + off.x, y: spot.y + off.y };
        if (taken.every(({ x, y }) => Math.hypot(x - place.x, y - place.y) >= GAP - 0.01)) {
          taken.push(place);
          return off;
        }
      }
    }
    return { x: 0, y: 0 };
  });
}

/** An order with the person proposed and the second best, each as whatever holds its pin. */
export interface Trio<Holder> {
  order?: Holder | undefined;
  best?: Holder | undefined;
  second?: Holder | undefined;
}

/** Those of an order, as far as they are on the map. */
export function trio<Holder extends { pin: Pin }>(
  all: Holder[],
  number: string | null,
): Trio<Holder> {
  const order = number === null ? undefined : all.find(({ pin }) => pin.order?.number === number);
  const of = (who: string | null | undefined) =>
    who ? all.find(({ pin }) => pin.people?.some(({ id }) => id === who)) : undefined;
  return { order, best: of(order?.pin.order?.best), second: of(order?.pin.order?.second) };
}

/** On which side of its pin a name is written, on a map of such a size: away from the line that comes
    from the order, and nowhere over the edge. */
export function side(pin: XY, order: XY, size: XY): { x: "start" | "middle" | "end"; y: string } {
  const room = 56; // what two lines need
  const x = pin.x < size.x / 3 ? "start" : pin.x > (size.x * 2) / 3 ? "end" : "middle";
  const below = pin.y < room || (pin.y >= order.y && pin.y < size.y - room);
  return { x, y: below ? "below" : "above" };
}

/** The pin that a key leads to from the pin `at`, of `n`; null for any other key. */
export function led(key: string, at: number, n: number): number | null {
  switch (key) {
    case "ArrowRight":
    case "ArrowDown":
      return (at + 1) % n;
    case "ArrowLeft":
    case "ArrowUp":
      return (at + n - 1) % n;
    case "Home":
      return 0;
    case "End":
      return n - 1;
    default:
      return null;
  }
}
