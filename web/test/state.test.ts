import { describe, expect, it } from "vitest";
import { blank, freshness, news, pictureAge, reduce } from "../src/live/state";
import type { Alert } from "../src/live/wire";
import { alert, file, NOW, snapshot } from "./world";

const HERE = NOW + 90_000; // this machine's clock is a minute and a half ahead
const start = (...alerts: Alert[]) =>
  reduce(blank, { type: "snapshot", data: snapshot(alerts), at: HERE });
const told = (data: Alert, id: number | null) =>
  ({ type: "event", event: { type: "alert", data }, id, at: HERE }) as const;

describe("the picture", () => {
  it("takes a new alert, and marks it on the strip of the day", () => {
    const fresh = alert();
    const picture = reduce(start(), told(fresh, 11));
    expect(picture.alerts.get(fresh.id)).toBe(fresh);
    expect(picture.day.map(({ id }) => id)).toEqual([fresh.id]);
    expect(picture.head).toBe(11);
  });

  it("marks a storm once, and takes the mark from what turns out to belong to it", () => {
    const [one, whole] = [
      alert(),
      alert({ of_device: false, belonging: { storm: true, all: 1, up: 1 } }),
    ];
    const picture = [one, whole, { ...one, parent: whole.id }, alert({ parent: whole.id })].reduce(
      (before, data, at) => reduce(before, told(data, 11 + at)),
      start(),
    );
    expect(picture.day.map(({ id }) => id)).toEqual([whole.id]);
    expect(picture.alerts.size).toBe(3);
  });

  it("passes over what it has heard already", () => {
    const picture = start();
    expect(reduce(picture, told(alert(), 9))).toBe(picture);
  });

  it("takes several alerts told under one id", () => {
    const [one, two] = [alert(), alert()];
    const picture = reduce(reduce(start(), told(one, 11)), told(two, 11));
    expect([...picture.alerts.keys()]).toEqual([one.id, two.id]);
  });

  it("lets go of what is over, unless its case is open or it stands in the sheet", () => {
    const known = alert();
    const over = { ...known, cleared: NOW };
    expect(reduce(start(known), told(over, 11)).alerts.size).toBe(0);
    expect(reduce(start(known), told({ ...over, case: file() }, 11)).alerts.size).toBe(1);
    const opened = reduce(start(known), { type: "open", id: known.id });
    expect(reduce(opened, told(over, 11)).alerts.size).toBe(1);
  });

  it("keeps the moment of the first loss however often the line is tried", () => {
    const lost = reduce(start(), { type: "link", link: { is: "lost", since: 5 } });
    const again = reduce(lost, { type: "link", link: { is: "lost", since: 9 } });
    const failed = reduce(again, { type: "link", link: { is: "failed" } });
    expect(failed.link).toEqual({ is: "lost", since: 5 });
    const beat = { type: "beat", data: { at: NOW, log_at: NOW } } as const;
    expect(reduce(failed, { type: "event", event: beat, id: null, at: HERE }).link.is).toBe("live");
  });

  it("ages by the server's clock, also while the server says nothing", () => {
    const picture = start();
    expect(pictureAge(picture, HERE)).toBe(400);
    expect(pictureAge(picture, HERE + 30_000)).toBe(30_400);
    expect([null, 400, 5_000, 30_400].map(freshness)).toEqual(["none", "fresh", "ageing", "stale"]);
  });

  it("moves through the list and stops at its ends", () => {
    const [first, second] = [alert({ level: "critical" }), alert({ level: "warn" })];
    let picture = start(second, first);
    const seen = ([1, 1, 1, -1] as const).map((by) => {
      picture = reduce(picture, { type: "move", by });
      return picture.selected;
    });
    expect(seen).toEqual([first.id, second.id, second.id, first.id]);
  });
});

describe("the news for the screen reader", () => {
  const known = alert({ level: "warn" });
  it.each([
    ["arrived", undefined, known],
    ["raised", known, { ...known, level: "critical" as const }],
    ["cleared", known, { ...known, cleared: NOW }],
    [null, known, { ...known, called: 3 }],
    [null, undefined, alert({ health: true })],
    [null, undefined, alert({ parent: "storm" })],
    ["arrived", undefined, alert({ parent: "storm", life_safety: true })],
  ])("says %s", (what, before, after) => {
    expect(news(before, after)).toBe(what);
  });
});
