/** The picture, and how each event changes it. Pure: the same events give the same picture. */
import { inOrder } from "./order";
import type { Alert, Beat, Counts, Devices, Event, Kind, Snapshot, Tick } from "./wire";

const DAY = 86_400_000;

/** "lost" since `since`; "refused": the server says that this person may not, or no longer. */
export type Link =
  | { is: "loading" }
  | { is: "live" }
  | { is: "lost"; since: number }
  | { is: "failed" }
  | { is: "refused"; signedOut: boolean };

export interface Picture {
  link: Link;
  here: Snapshot["here"] | null;
  shift: Snapshot["shift"] | null;
  me: Snapshot["me"];
  counts: Counts;
  kinds: Kind[];
  devices: Devices;
  alerts: ReadonlyMap<string, Alert>;
  /** Alerts that the picture left out when it was fetched: they stand on the board of cases. */
  beyond: number;
  day: Tick[];
  map: Snapshot["map"] | null;
  head: number;
  beat: Beat | null;
  /** Server's clock minus this machine's, ms. */
  offset: number;
  selected: string | null;
  open: string | null;
}

export type Change =
  | { type: "snapshot"; data: Snapshot; at: number }
  | { type: "event"; event: Event; id: number | null; at: number }
  | { type: "link"; link: Link }
  | { type: "select"; id: string | null }
  | { type: "move"; by: 1 | -1 }
  | { type: "open"; id: string | null };

export const blank: Picture = {
  link: { is: "loading" },
  here: null,
  shift: null,
  me: { name: "", may: [] },
  counts: { alerts_shift: 0, budget: 0, held: 0, open_cases: 0, overdue: 0, unheard: 0 },
  kinds: [],
  devices: { id: [], kind: [], place: [], lon: [], lat: [], places: [] },
  alerts: new Map(),
  beyond: 0,
  day: [],
  map: null,
  head: 0,
  beat: null,
  offset: 0,
  selected: null,
  open: null,
};

export function reduce(picture: Picture, change: Change): Picture {
  switch (change.type) {
    case "snapshot":
      return fromSnapshot(picture, change.data, change.at);
    case "event":
      return afterEvent(picture, change.event, change.id, change.at);
    case "link":
      return { ...picture, link: keepFirstLoss(picture.link, change.link) };
    case "select":
      return { ...picture, selected: change.id };
    case "move":
      return { ...picture, selected: neighbour(picture, change.by) };
    case "open":
      return { ...picture, open: change.id, selected: change.id ?? picture.selected };
  }
}

function fromSnapshot(picture: Picture, data: Snapshot, at: number): Picture {
  const { alerts, at: serverAt, log_at, ...rest } = data;
  return {
    ...picture,
    ...rest,
    alerts: new Map(alerts.map((alert) => [alert.id, alert])),
    beat: { at: serverAt, log_at },
    offset: serverAt - at,
    link: { is: "live" },
  };
}

function afterEvent(picture: Picture, event: Event, id: number | null, at: number): Picture {
  if (id !== null && id < picture.head) return picture;
  const next = { ...picture, head: id ?? picture.head };
  switch (event.type) {
    case "alert":
      return withAlert(next, event.data);
    case "counts":
      return { ...next, counts: event.data };
    case "beat":
      return { ...next, beat: event.data, offset: event.data.at - at, link: { is: "live" } };
    case "reload":
      return next;
  }
}

function withAlert(picture: Picture, alert: Alert): Picture {
  const known = picture.alerts.get(alert.id);
  const alerts = new Map(picture.alerts);
  const over = alert.cleared !== null && (alert.case?.ended ?? true);
  if ((over || alert.held) && alert.id !== picture.open) alerts.delete(alert.id);
  else alerts.set(alert.id, alert);
  return {
    ...picture,
    alerts,
    day: dayWith(picture, alert, known !== undefined),
  };
}

/** What belongs to a storm has no mark of its own: the storm has. */
function dayWith(picture: Picture, alert: Alert, known: boolean): Tick[] {
  if (alert.parent !== null) return picture.day.filter((tick) => tick.id !== alert.id);
  return known || alert.health ? picture.day : withTick(picture, alert);
}

function withTick(picture: Picture, alert: Alert): Tick[] {
  if (picture.day.some((tick) => tick.id === alert.id)) return picture.day;
  const { id, level, start, name } = alert;
  const newest = picture.beat?.at ?? start;
  return [...picture.day.filter((tick) => tick.start > newest - DAY), { id, level, start, name }];
}

/** A picture that stops is lost since its last sign of life, however often we try in vain. */
function keepFirstLoss(before: Link, now: Link): Link {
  return before.is === "lost" && (now.is === "lost" || now.is === "failed") ? before : now;
}

function neighbour(picture: Picture, by: 1 | -1): string | null {
  const order = inOrder(picture.alerts.values()).map((alert) => alert.id);
  if (order.length === 0) return null;
  const at = picture.selected === null ? -1 : order.indexOf(picture.selected);
  const next = at === -1 ? (by === 1 ? 0 : order.length - 1) : at + by;
  return order[Math.min(order.length - 1, Math.max(0, next))] ?? null;
}

/** The server's clock, as far as we can tell. */
export const serverNow = (picture: Picture, at: number): number => at + picture.offset;

/** How old the picture is, ms: since the last moment of the log that is in it. Null: no picture. */
export function pictureAge(picture: Picture, at: number): number | null {
  return picture.beat && Math.max(0, serverNow(picture, at) - picture.beat.log_at);
}

export type Freshness = "fresh" | "ageing" | "stale" | "none";

/** Fresh up to 3 s (the log ticks once a second), stale from 10 s. */
export function freshness(age: number | null): Freshness {
  if (age === null) return "none";
  return age <= 3000 ? "fresh" : age < 10_000 ? "ageing" : "stale";
}

/** Words for the screen reader when an alert comes, grows worse or ends; null when there's no need:
    a storm speaks for what belongs to it, unless a life may be at risk. */
export type News = "arrived" | "raised" | "cleared" | null;

export function news(before: Alert | undefined, after: Alert): News {
  if (after.health || after.held || (after.parent !== null && !after.life_safety)) return null;
  if (!before) return after.cleared === null ? "arrived" : null;
  if (before.cleared === null && after.cleared !== null) return "cleared";
  const rank = { warn: 0, serious: 1, critical: 2 };
  return rank[after.level] > rank[before.level] ? "raised" : null;
}
