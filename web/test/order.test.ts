import { describe, expect, it } from "vitest";
import { allInOrder, deviceStates, inOrder } from "../src/live/order";
import { alert, file, NOW } from "./world";

const ids = (alerts: Parameters<typeof inOrder>[0]) => inOrder(alerts).map(({ id }) => id);

describe("the order of attention", () => {
  it("puts danger first, a life at risk before property of the same level", () => {
    const warn = alert({ level: "warn" });
    const serious = alert({ level: "serious" });
    const life = alert({ level: "serious", life_safety: true });
    const critical = alert({ level: "critical" });
    expect(ids([warn, serious, life, critical])).toEqual(
      [critical, life, serious, warn].map(({ id }) => id),
    );
  });

  it("within one danger puts the nearest deadline first, then the older", () => {
    const late = alert({ case: file({ due: NOW - 1 }) });
    const soon = alert({ case: file({ due: NOW + 60_000 }) });
    const old = alert({ start: NOW - 500_000 });
    const young = alert({ start: NOW - 1_000 });
    expect(ids([young, old, soon, late])).toEqual([late, soon, old, young].map(({ id }) => id));
  });

  it("keeps what is over while its case is open, after everything that still goes on", () => {
    const over = alert({ level: "critical", cleared: NOW, case: file() });
    const done = alert({ cleared: NOW, case: file({ ended: true }) });
    const warn = alert({ level: "warn" });
    expect(ids([over, done, warn])).toEqual([warn.id, over.id]);
  });

  it("puts what belongs to a storm under it, as long as the storm goes on", () => {
    const whole = alert({ of_device: false, belonging: { storm: true, all: 2, up: 2 } });
    const parts = [1, 2].map(() => alert({ parent: whole.id, level: "critical" }));
    const other = alert({ level: "warn" });
    expect(ids([...parts, whole, other])).toEqual([whole.id, other.id]);
    expect(allInOrder([...parts, whole]).map(({ id }) => id)).toEqual([
      ...parts.map(({ id }) => id),
      whole.id,
    ]);
    const calledFalse = { ...whole, cleared: NOW, case: file() };
    expect(ids([...parts, calledFalse])).toEqual([...parts.map(({ id }) => id), whole.id]);
    const over = parts.map((part) => ({ ...part, cleared: NOW, case: file() }));
    expect(ids([...over, calledFalse])).toEqual([whole.id]);
    expect(ids(over)).toEqual(over.map(({ id }) => id));
  });

  it("leaves a silent sensor to those who mend sensors", () => {
    expect(ids([alert({ health: true })])).toEqual([]);
  });
});

describe("the state of a device", () => {
  it("is the worst of its open alerts; silence counts below any warning", () => {
    const states = deviceStates([
      alert({ device: "d1", health: true }),
      alert({ device: "d2", level: "critical" }),
      alert({ device: "d2", level: "warn" }),
      alert({ device: "d3", health: true }),
      alert({ device: "d3", level: "warn" }),
      alert({ device: "d4", level: "critical", cleared: NOW }),
      alert({ device: "d5", level: "critical", of_device: false }),
    ]);
    expect(Object.fromEntries(states)).toEqual({ d1: "silent", d2: "critical", d3: "warn" });
  });
});
