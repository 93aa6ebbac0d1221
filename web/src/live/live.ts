/** The live page: joins the feed, the picture, and what shows it. */
import { html, render } from "lit-html";
import { day } from "./day";
import { Feed } from "./feed";
import { type Found, find } from "./find";
import { header } from "./header";
import { type Deed, deed } from "./keys";
import { Lines } from "./lines";
import "./live.css";
import type { LiveMap } from "./map";
import { type Doings, matters } from "./matters";
import { Opened } from "./opened";
import { inOrder } from "./order";
import { help, searching } from "./panels";
import { acknowledge, Refused } from "./server";
import { sheet } from "./sheet";
import { blank, type Change, news, type Picture, reduce } from "./state";
import { banner, mapFailed } from "./states";
import type { Alert } from "./wire";
import { inWords, say } from "./words";

const part = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};

const TENTH = 100;
const MAP_AGAIN = 5_000;
const parts = {
  header: part("live-header"),
  banner: part("live-banner"),
  matters: part("live-matters"),
  day: part("live-day"),
  sheet: part("live-sheet"),
  news: part("live-news"),
  urgent: part("live-urgent"),
  map: part("live-map"),
  help: part("live-help") as HTMLDialogElement,
  search: part("live-search") as HTMLDialogElement,
};

let picture: Picture = blank;
let map: LiveMap | null = null;
let mapAsked = false;
let drawing = false;
let question = "";

const lines = new Lines(() => later());
const opened = new Opened(() => later());
const feed = new Feed(put);

function put(change: Change): void {
  const before = picture;
  picture = reduce(picture, change);
  if (change.type === "event" && change.event.type === "alert" && picture !== before)
    announce(before.alerts.get(change.event.data.id), change.event.data);
  if (change.type === "event" && before.link.is === "lost") parts.news.textContent = say.restored;
  if (change.type === "select" || change.type === "move") focusSelected();
  later();
}

function later(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    paint(Date.now());
  });
}

const doings: Doings = {
  open,
  select: (id) => {
    if (picture.selected !== id) picture = reduce(picture, { type: "select", id });
  },
  retry: () => void feed.start(),
  line: (id) => lines.get(id),
};

function paint(at: number): void {
  render(header(picture, at), parts.header);
  render(banner(picture, at), parts.banner);
  render(matters(picture, at, doings), parts.matters);
  render(day(picture, at, open), parts.day);
  lines.follow(picture, at);
  opened.follow(picture);
  paintSheet(at);
  map?.show(picture);
  if (picture.map && !mapAsked) void drawMap();
}

function paintSheet(at: number): void {
  const state = opened.state(picture);
  parts.sheet.hidden = state === null;
  document.body.toggleAttribute("data-sheet", state !== null);
  if (state) render(sheet(picture, state, at, { close, acknowledge: confirm, open }), parts.sheet);
}

async function drawMap(): Promise<void> {
  mapAsked = true;
  if (!picture.map) return;
  if (!document.createElement("canvas").getContext("webgl2")) {
    parts.map.dataset.state = "failed";
    render(mapFailed(), parts.map);
    return;
  }
  try {
    const { LiveMap } = await import("./map");
    map = await LiveMap.make(parts.map, picture.map, open);
    parts.map.dataset.state = "drawn";
    later();
  } catch (error) {
    console.warn("the map could not be fetched; trying again", error);
    window.setTimeout(() => {
      mapAsked = false;
    }, MAP_AGAIN);
  }
}

/** A life at risk interrupts the screen reader; everything else waits its turn. */
function announce(before: Alert | undefined, after: Alert): void {
  const what = news(before, after);
  if (!what) return;
  const [name, place] = [inWords(after.name), inWords(after.place)];
  const words =
    what === "cleared" ? say.cleared(name, place) : say[what](say.levels[after.level], name, place);
  (after.level === "critical" ? parts.urgent : parts.news).textContent = words;
}

function open(id: string): void {
  put({ type: "open", id });
  history.replaceState(null, "", `?alert=${encodeURIComponent(id)}`);
  painted(() => {
    const alert = picture.alerts.get(id);
    if (alert?.lon != null && alert.lat != null) map?.centre(alert.lon, alert.lat);
    parts.sheet.querySelector<HTMLElement>("#sheet-title")?.focus();
  });
}

/** After the next painting, when what was put stands on the page. */
function painted(then: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

function close(): void {
  if (picture.open === null) return;
  put({ type: "open", id: null });
  history.replaceState(null, "", location.pathname);
  painted(focusSelected);
}

function focusSelected(): void {
  if (!picture.selected) return;
  const storm = picture.alerts.get(picture.selected)?.parent ?? "";
  const link = (id: string) =>
    parts.matters.querySelector<HTMLElement>(`a[data-alert="${CSS.escape(id)}"]`);
  (link(picture.selected) ?? link(storm))?.focus();
}

function toast(words: string, level: "success" | "error"): void {
  const element = document.createElement("div");
  element.className = "toast";
  element.dataset.level = level;
  render(
    html`<span>${words}</span><button type="button" data-close aria-label=${say.close}>✕</button>`,
    element,
  );
  document.querySelector(".toasts")?.append(element);
  if (level === "success") window.setTimeout(() => element.remove(), 4_000);
}

async function confirm(id: string): Promise<void> {
  try {
    await acknowledge(id);
    toast(say.done.acknowledge, "success");
  } catch (error) {
    const said = error instanceof Refused ? error.sentence || say.refused : say.unreachable;
    toast(said, "error");
  }
}

const current = (): string | null =>
  picture.open ?? picture.selected ?? inOrder(picture.alerts.values())[0]?.id ?? null;

function toCase(hash: string): void {
  const id = current();
  const url = id && picture.alerts.get(id)?.case?.url;
  if (url) location.assign(url + hash);
}

const may = (action: string): boolean => picture.me.may.includes(action);

const deeds: Record<Deed, () => void> = {
  next: () => put({ type: "move", by: 1 }),
  previous: () => put({ type: "move", by: -1 }),
  open: () => {
    const id = current();
    if (!id) return;
    if (picture.open === id) toCase("");
    else open(id);
  },
  acknowledge: () => {
    const id = current();
    if (id && may("alert.ack") && !picture.alerts.get(id)?.acknowledged) void confirm(id);
  },
  dispatch: () => {
    if (may("case.dispatch")) toCase("#dispatch");
  },
  case: () => toCase(""),
  search: () => {
    paintSearch();
    parts.search.showModal();
  },
  fit: () => map?.fit(),
  close,
  help: () => {
    render(help({ acknowledge: may("alert.ack"), dispatch: may("case.dispatch") }), parts.help);
    parts.help.showModal();
  },
};

function paintSearch(): void {
  const ask = (asked: string) => {
    question = asked;
    paintSearch();
  };
  render(searching(question, find(picture, question), ask, goTo), parts.search);
}

function goTo(found: Found): void {
  parts.search.close();
  if (found.alert) open(found.alert);
  else if (found.lon !== null && found.lat !== null) map?.centre(found.lon, found.lat);
}

function onKey(event: KeyboardEvent): void {
  if (document.querySelector("dialog[open]")) return;
  const target = event.target as HTMLElement;
  const wanted = deed({
    key: event.key,
    ctrlKey: event.ctrlKey,
    metaKey: event.metaKey,
    altKey: event.altKey,
    typing: target.matches("input, textarea, select"),
    onControl: target.matches("button, summary, a[href]:not([data-alert])"),
  });
  if (!wanted) return;
  event.preventDefault();
  deeds[wanted]();
}

document.addEventListener("keydown", onKey);
document.addEventListener("xiuhua:choice", () => {
  map?.redress();
  opened.redress();
});
part("map-fit").addEventListener("click", () => map?.fit());
part("map-in").addEventListener("click", () => map?.zoom(1));
part("map-out").addEventListener("click", () => map?.zoom(-1));
window.setInterval(() => later(), TENTH * 2);
const wanted = new URLSearchParams(location.search).get("alert");
if (wanted) put({ type: "open", id: wanted });
later();
void feed.start();
