/** A small picture for the tests. */
import { type Alert, Snapshot } from "../src/live/wire";

export const NOW = Date.UTC(2026, 10, 23, 19, 12, 46); // 03:12:46 on the 24th in Shanghai

let made = 0;

export function alert(more: Partial<Alert> = {}): Alert {
  made += 1;
  return {
    id: `a${made}`,
    rule: "smoke-fire",
    name: { zh: "疑似火情", en: "Suspected fire" },
    sentence: { zh: "烟雾 0.30 dB/m。", en: "Smoke 0.30 dB/m." },
    level: "serious",
    health: false,
    life_safety: false,
    start: NOW - 80_000,
    changed: NOW - 80_000,
    cleared: null,
    held: false,
    device: `tl04-smoke-${made}`,
    of_device: true,
    parent: null,
    belonging: null,
    place: { zh: "田园十二村 31号", en: "Tianyuan Village 12, No. 31" },
    lon: 121.43,
    lat: 31.17,
    chart: null,
    acknowledged: null,
    called: 0,
    answered: 0,
    case: null,
    ...more,
  };
}

export function file(more: Partial<NonNullable<Alert["case"]>> = {}): NonNullable<Alert["case"]> {
  return {
    number: "310104911-20261124-00001",
    stage: "dispatched",
    stage_words: { zh: "待接单", en: "To be taken on" },
    ended: false,
    team: { zh: "微型消防站", en: "Micro fire station" },
    due: NOW + 600_000,
    url: "/cases/1/",
    ...more,
  };
}

export function snapshot(alerts: Alert[] = [], more: object = {}): Snapshot {
  return Snapshot.parse({
    at: NOW,
    log_at: NOW - 400,
    head: 10,
    here: { zh: "漕田街道", en: "Caotian Sub-district" },
    shift: { name: { zh: "夜班", en: "Night shift" }, since: NOW - 3_600_000 },
    me: { name: "沈若谷", may: ["alert.ack"] },
    counts: { alerts_shift: 9, budget: 30, held: 0, open_cases: 12, overdue: 1, unheard: 0 },
    kinds: [{ code: "smoke", name: { zh: "烟雾感知", en: "Smoke" }, icon: "" }],
    devices: {
      id: ["d1", "d2", "d3"],
      kind: [0, 0, 0],
      place: [0, 0, 0],
      lon: [121.4, 121.41, 121.42],
      lat: [31.1, 31.11, 31.12],
      places: [{ zh: "田园十二村 31号", en: "No. 31" }],
    },
    alerts,
    beyond: 0,
    day: [],
    map: { url: "/live/drawing.json", tiles: "" },
    ...more,
  });
}
