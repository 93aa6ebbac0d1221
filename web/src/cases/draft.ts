/** A patrol's report keeps what was filled in when the network is gone, or the page was closed: its
    class, its place and its own key, by which it is taken in once however often it is sent. Words,
    names and photos are not kept in the device's store: they may be about people. While the page
    stays open they stay in it. */
import { z } from "zod";

const KEPT = ["case_class", "place", "lon", "lat", "key"] as const;
const STORE = "xiuhua-patrol";
const A_DAY = 86_400_000;

const Draft = z.object({ at: z.number(), fields: z.record(z.string(), z.string()) });

type Field = HTMLInputElement | HTMLSelectElement;
type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What was kept, unless it is older than a day. */
export function restored(store: Store, now: number): Record<string, string> | null {
  try {
    const { at, fields } = Draft.parse(JSON.parse(store.getItem(STORE) ?? ""));
    if (now - at < A_DAY) return fields;
  } catch {
    // nothing kept, or nothing that can be read
  }
  store.removeItem(STORE);
  return null;
}

/** Keep these fields and no others. */
export function keep(store: Store, fields: Record<string, string>, now: number): void {
  const own = Object.fromEntries(KEPT.map((name) => [name, fields[name] ?? ""]));
  store.setItem(STORE, JSON.stringify({ at: now, fields: own }));
}

export function forget(store: Store): void {
  store.removeItem(STORE);
}

function field(form: HTMLFormElement, name: string): Field | null {
  return form.querySelector<Field>(`[name=${name}]`);
}

/** Fill the form with what was kept, and keep it from now on. A form that came back with a
    sentence is newer than anything kept. */
export function follow(form: HTMLFormElement, store: Store): void {
  const before = form.dataset.refused ? null : restored(store, Date.now());
  const asked = new URLSearchParams(location.search).get("place");
  for (const [name, value] of Object.entries(before ?? {})) {
    const into = field(form, name);
    if (into && value && !(asked && name !== "case_class" && name !== "key")) into.value = value;
  }
  form.addEventListener("change", () => {
    const values = KEPT.map((name) => [name, field(form, name)?.value ?? ""]);
    keep(store, Object.fromEntries(values), Date.now());
  });
}
