/** Cases on the map: single ones as links, many as how many there are. For eyes only: the list beside
    it has the same. */
import { Marker } from "maplibre-gl";
import { z } from "zod";
import { inWords, language, say } from "../live/words";
import { lay } from "../map/ground";
import "./casemap.css";

const Spots = z.object({
  dots: z.array(
    z.object({
      lon: z.number(),
      lat: z.number(),
      zh: z.string(),
      en: z.string(),
      life_safety: z.boolean(),
      open: z.boolean(),
      url: z.string().startsWith("/cases/"),
    }),
  ),
  fields: z.array(z.object({ lon: z.number(), lat: z.number(), n: z.number() })),
});
type Spots = z.infer<typeof Spots>;

function dot(spot: Spots["dots"][number]): Marker {
  const link = document.createElement("a");
  link.href = spot.url;
  link.className = "pin";
  link.append(document.createElement("i"));
  link.title = inWords(spot);
  link.setAttribute("aria-label", inWords(spot));
  link.toggleAttribute("data-life", spot.life_safety);
  link.toggleAttribute("data-ended", !spot.open);
  return new Marker({ element: link }).setLngLat([spot.lon, spot.lat]);
}

function field(of: Spots["fields"][number], go: () => void): Marker {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "case-field";
  button.textContent = of.n.toLocaleString(language);
  button.addEventListener("click", go);
  return new Marker({ element: button }).setLngLat([of.lon, of.lat]);
}

async function begin(element: HTMLElement): Promise<void> {
  const said = document.querySelector<HTMLElement>("[data-casemap-said]");
  const map = await lay(element, element.dataset.drawing ?? "");
  let shown: Marker[] = [];
  let asking: AbortController | null = null;

  async function load(): Promise<void> {
    asking?.abort();
    asking = new AbortController();
    const [[west, south], [east, north]] = map.getBounds().toArray();
    const spots = new URL(element.dataset.spots ?? "", window.location.href);
    spots.searchParams.set("box", [west, south, east, north].join(","));
    const response = await fetch(spots, { signal: asking.signal });
    if (!response.ok) throw new Error(`cases on the map: ${response.status}`);
    const found = Spots.parse(await response.json());
    for (const marker of shown) marker.remove();
    shown = [
      ...found.dots.map(dot),
      ...found.fields.map((of) =>
        field(of, () => map.easeTo({ center: [of.lon, of.lat], zoom: map.getZoom() + 2 })),
      ),
    ];
    for (const marker of shown) marker.addTo(map);
    element.dataset.shown = String(shown.length);
    const many = found.dots.length + found.fields.reduce((sum, of) => sum + of.n, 0);
    if (said) said.textContent = say.casesHere(many);
  }

  const again = () => {
    load().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "AbortError") && said)
        said.textContent = say.failed;
    });
  };
  map.on("moveend", again);
  again();
}

for (const element of document.querySelectorAll<HTMLElement>("[data-island=casemap]"))
  begin(element).catch(() => {
    const said = document.querySelector<HTMLElement>("[data-casemap-said]");
    if (said) said.textContent = say.failed;
  });
