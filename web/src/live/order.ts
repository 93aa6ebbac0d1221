/** One order of attention: by danger, then by time left. The list and the map share it. */
import type { Alert, Level } from "./wire";

export type DeviceState = "well" | "silent" | Level;

const RANK: Record<DeviceState, number> = { well: 0, silent: 1, warn: 2, serious: 3, critical: 4 };

/** An alert that a person must see to: no mere fault of a sensor, and not over with its case done. */
export function needsPerson(alert: Alert): boolean {
  return !alert.health && (alert.cleared === null || (alert.case !== null && !alert.case.ended));
}

function danger(alert: Alert): number {
  const over = alert.cleared !== null;
  return (over ? 0 : 10) + RANK[alert.level] * 2 + (alert.life_safety ? 1 : 0);
}

const FAR = Number.MAX_SAFE_INTEGER;
const deadline = (alert: Alert): number => alert.case?.due ?? FAR;

/** Negative when `a` comes first: open before cleared, greater danger, nearer deadline, older. */
export function compare(a: Alert, b: Alert): number {
  return (
    danger(b) - danger(a) ||
    deadline(a) - deadline(b) ||
    a.start - b.start ||
    (a.id < b.id ? -1 : 1)
  );
}

/** What the officer sees first, first. What belongs to a storm stands under it, not beside it. */
export function inOrder(alerts: Iterable<Alert>): Alert[] {
  const all = allInOrder(alerts);
  const byId = new Map(all.map((alert) => [alert.id, alert]));
  return all.filter((alert) => !standsUnder(alert, byId));
}

/** The same with what belongs to storms, each by its own danger. */
export function allInOrder(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].filter(needsPerson).sort(compare);
}

/** Nothing that goes on stands under what is over, or was called false. */
function standsUnder(alert: Alert, listed: ReadonlyMap<string, Alert>): boolean {
  const storm = alert.parent === null ? undefined : listed.get(alert.parent);
  return storm !== undefined && (storm.cleared === null || alert.cleared !== null);
}

/** The state of each device that is not well, from the open alerts about it: the worst counts. An
    alert about a place, or a storm's own, says nothing of the device that spoke. */
export function deviceStates(alerts: Iterable<Alert>): Map<string, DeviceState> {
  const states = new Map<string, DeviceState>();
  for (const alert of alerts) {
    if (alert.cleared !== null || !alert.of_device) continue;
    const state = alert.health ? "silent" : alert.level;
    if (RANK[state] > RANK[states.get(alert.device) ?? "well"]) states.set(alert.device, state);
  }
  return states;
}
