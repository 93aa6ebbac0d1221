import { describe, expect, it } from "vitest";
import { online, silent } from "../src/live/header";
import { blank, reduce } from "../src/live/state";
import { alert, NOW, snapshot } from "./world";

describe("how many speak", () => {
  it("counts neither the silent nor those that were never heard", () => {
    const data = snapshot([alert({ device: "d2", health: true })]);
    data.counts.unheard = 1;
    const picture = reduce(blank, { type: "snapshot", data, at: NOW });
    expect([online(picture), silent(picture)]).toEqual([1, 1]);
  });
});
