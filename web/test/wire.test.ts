import { expect, it } from "vitest";
import { Event, Snapshot } from "../src/live/wire";
import { alert, snapshot } from "./world";

it("refuses columns of devices that differ in length", () => {
  const devices = { ...snapshot().devices, lon: [121.4] };
  expect(Snapshot.safeParse({ ...snapshot(), devices }).error?.issues[0]?.message).toContain(
    "columns",
  );
});

it("refuses an alert of an unknown level, and an event of an unknown sort", () => {
  const odd = { type: "alert", data: { ...alert(), level: "dreadful" } };
  expect(Event.safeParse(odd).success).toBe(false);
  expect(Event.safeParse({ type: "gossip", data: {} }).success).toBe(false);
});
