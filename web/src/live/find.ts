/** Search over what the page already holds: alerts first, then devices and their places. */
import { allInOrder } from "./order";
import type { Picture } from "./state";
import { inWords } from "./words";

export interface Found {
  key: string;
  alert: string | null;
  words: string;
  more: string;
  lon: number | null;
  lat: number | null;
}

const MOST = 12;

/** What holds every word of the question, alerts in their order, then devices by id. */
export function find(picture: Picture, question: string): Found[] {
  const asked = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (asked.length === 0) return [];
  const holds = (text: string) => asked.every((word) => text.toLowerCase().includes(word));
  return [...foundAlerts(picture, holds), ...foundDevices(picture, holds)].slice(0, MOST);
}

type Holds = (text: string) => boolean;

function foundAlerts(picture: Picture, holds: Holds): Found[] {
  return allInOrder(picture.alerts.values())
    .filter((alert) =>
      holds(
        [inWords(alert.name), inWords(alert.place), alert.device, alert.case?.number].join(" "),
      ),
    )
    .map((alert) => ({
      key: alert.id,
      alert: alert.id,
      words: inWords(alert.name),
      more: inWords(alert.place),
      lon: alert.lon,
      lat: alert.lat,
    }));
}

function foundDevices(picture: Picture, holds: Holds): Found[] {
  const { id, kind, place, lon, lat, places } = picture.devices;
  const found: Found[] = [];
  for (let at = 0; at < id.length && found.length < MOST; at++) {
    const where = places[place[at] ?? -1];
    const what = picture.kinds[kind[at] ?? -1];
    const words = `${what ? inWords(what.name) : ""} ${id[at]}`;
    const more = where ? inWords(where) : "";
    if (holds(`${words} ${more}`))
      found.push({
        key: id[at] ?? "",
        alert: null,
        words,
        more,
        lon: lon[at] ?? null,
        lat: lat[at] ?? null,
      });
  }
  return found;
}
