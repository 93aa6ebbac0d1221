/** Everything the live page asks of the server. Answers are parsed by zod before anybody sees them. */
import type { z } from "zod";
import { Detail, Series, Snapshot } from "./wire";

/** The server said no: `status` is HTTP's, `sentence` is meant for the reader, perhaps empty. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly sentence: string,
  ) {
    super(`refused with ${status}`);
  }
}

const wait = 15_000;

async function ask<T>(url: string, shape: z.ZodType<T>, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, {
    headers: { accept: "application/json", ...init.headers },
    signal: AbortSignal.timeout(wait),
    ...init,
  });
  if (response.redirected) throw new Refused(401, "");
  if (!response.ok) throw new Refused(response.status, await sentenceOf(response));
  return shape.parse(await response.json());
}

async function sentenceOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.headers.get("content-type")?.includes("json")) return "";
  const said: unknown = JSON.parse(text);
  if (typeof said !== "object" || said === null) return "";
  const { detail } = said as { detail?: unknown };
  return typeof detail === "string" ? detail : "";
}

export const snapshot = (): Promise<Snapshot> => ask("/api/command/live", Snapshot);

export const detail = (alert: string): Promise<Detail> =>
  ask(`/api/command/alerts/${encodeURIComponent(alert)}`, Detail);

/** Readings of one field between two moments (ms), at most a few hundred. The look is recorded with
    `reason` where the device speaks of people. */
export function series(
  device: string,
  field: string,
  from: number,
  to: number,
  reason: string,
): Promise<Series> {
  const query = new URLSearchParams({ field, from: String(from), to: String(to), reason });
  return ask(`/api/devices/${encodeURIComponent(device)}/series?${query}`, Series);
}

function token(): string {
  const input = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  return input?.value ?? "";
}

/** Say "I have seen it, I follow it"; what changes comes back through the feed. */
export async function acknowledge(alert: string): Promise<void> {
  const response = await fetch(`/alerts/${encodeURIComponent(alert)}/acknowledge/`, {
    method: "POST",
    headers: { "x-csrftoken": token() },
    redirect: "manual", // it leads to the alert's own page, which is not needed here
    signal: AbortSignal.timeout(wait),
  });
  if (response.type !== "opaqueredirect") throw new Refused(response.status, "");
}
