/** What the server sends, parsed once at the edge. Times are epoch milliseconds, UTC. */
import { z } from "zod";

z.config({ jitless: true }); // the content security policy forbids to make code from text

export const Level = z.enum(["warn", "serious", "critical"]);
export type Level = z.infer<typeof Level>;

const Words = z.object({ zh: z.string(), en: z.string() });
export type Words = z.infer<typeof Words>;

const Case = z.object({
  number: z.string(),
  stage: z.string(),
  stage_words: Words,
  ended: z.boolean(),
  team: Words.nullable(),
  due: z.number().nullable(),
  url: z.string(),
});
export type Case = z.infer<typeof Case>;

export const Alert = z.object({
  id: z.string(),
  rule: z.string(),
  name: Words,
  sentence: Words,
  level: Level,
  health: z.boolean(),
  life_safety: z.boolean(),
  start: z.number(),
  changed: z.number(),
  cleared: z.number().nullable(),
  held: z.boolean(),
  device: z.string(),
  of_device: z.boolean(),
  parent: z.string().nullable(),
  belonging: z.object({ storm: z.boolean(), all: z.number(), up: z.number() }).nullable(),
  place: Words,
  lon: z.number().nullable(),
  lat: z.number().nullable(),
  chart: z
    .object({
      device: z.string(),
      field: z.string(),
      name: Words,
      unit: z.string(),
      limit: z.number().nullable(),
      interval: z.number(),
    })
    .nullable(),
  acknowledged: z.object({ by: z.string(), at: z.number() }).nullable(),
  called: z.number(),
  answered: z.number(),
  case: Case.nullable(),
});
export type Alert = z.infer<typeof Alert>;

/** A raised alert as a mark on the strip of the last day. */
const Tick = z.object({ id: z.string(), level: Level, start: z.number(), name: Words });
export type Tick = z.infer<typeof Tick>;

const Counts = z.object({
  alerts_shift: z.number(),
  budget: z.number(),
  held: z.number(),
  open_cases: z.number(),
  overdue: z.number(),
  unheard: z.number(),
});
export type Counts = z.infer<typeof Counts>;

const Kind = z.object({ code: z.string(), name: Words, icon: z.string() });
export type Kind = z.infer<typeof Kind>;

/** Columns, one entry a device; `kind` points into `kinds`, `place` into `places`. */
const Devices = z
  .object({
    id: z.array(z.string()),
    kind: z.array(z.number()),
    place: z.array(z.number()),
    lon: z.array(z.number()),
    lat: z.array(z.number()),
    places: z.array(Words),
  })
  .refine(
    (d) => [d.kind, d.place, d.lon, d.lat].every((column) => column.length === d.id.length),
    "the columns of the devices differ in length",
  );
export type Devices = z.infer<typeof Devices>;

export const Snapshot = z.object({
  at: z.number(),
  log_at: z.number(),
  head: z.number(),
  here: Words,
  shift: z.object({ name: Words, since: z.number() }),
  me: z.object({ name: z.string(), may: z.array(z.string()) }),
  counts: Counts,
  kinds: z.array(Kind),
  devices: Devices,
  alerts: z.array(Alert),
  beyond: z.number(),
  day: z.array(Tick),
  map: z.object({ url: z.string(), tiles: z.string() }),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Beat = z.object({ at: z.number(), log_at: z.number() });
export type Beat = z.infer<typeof Beat>;

export const Event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("alert"), data: Alert }),
  z.object({ type: z.literal("counts"), data: Counts }),
  z.object({ type: z.literal("beat"), data: Beat }),
  z.object({ type: z.literal("reload"), data: z.object({ why: z.string() }) }),
]);
export type Event = z.infer<typeof Event>;

export const Series = z.object({
  device: z.string(),
  field: z.string(),
  time: z.array(z.number()),
  value: z.array(z.number().nullable()),
  low: z.array(z.number()),
  high: z.array(z.number()),
  gaps: z.array(z.tuple([z.number(), z.number()])),
});
export type Series = z.infer<typeof Series>;

const Call = z.object({
  team: Words,
  told: z.number().nullable(),
  answered: z.number().nullable(),
  by: z.string(),
  failed: z.boolean(),
});
export type Call = z.infer<typeof Call>;

const Step = z.object({ at: z.number(), what: Words, by: z.string(), note: z.string() });
export type Step = z.infer<typeof Step>;

/** One alert of a storm, or the storm of one. */
const Part = z.object({
  id: z.string(),
  name: Words,
  place: Words,
  level: Level,
  start: z.number(),
  cleared: z.number().nullable(),
});
export type Part = z.infer<typeof Part>;

/** All about one alert, for the sheet. */
export const Detail = z.object({
  alert: Alert,
  changes: z.array(z.object({ at: z.number(), what: z.string(), level: Level, words: Words })),
  calls: z.array(Call),
  steps: z.array(Step),
  belonging: z.array(Part),
  parent: Part.nullable(),
  may_acknowledge: z.boolean(),
});
export type Detail = z.infer<typeof Detail>;
