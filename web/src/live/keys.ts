/** The keyboard of the live page: what a key means, apart from what it then does. Pure. */
export type Deed =
  | "next"
  | "previous"
  | "open"
  | "acknowledge"
  | "dispatch"
  | "case"
  | "search"
  | "fit"
  | "close"
  | "help";

const DEEDS: Record<string, Deed> = {
  j: "next",
  ArrowDown: "next",
  k: "previous",
  ArrowUp: "previous",
  Enter: "open",
  " ": "acknowledge",
  d: "dispatch",
  c: "case",
  "/": "search",
  f: "fit",
  Escape: "close",
  "?": "help",
};

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** In a field that takes text. */
  typing: boolean;
  /** On something that Enter and space work already. */
  onControl: boolean;
}

/** What this key asks for; null where it is not ours to take. */
export function deed(press: Press): Deed | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  const found = DEEDS[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
  if (press.typing) return found === "close" ? found : null;
  if (press.onControl && (found === "open" || found === "acknowledge")) return null;
  return found;
}
