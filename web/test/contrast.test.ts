/** Every ink stays readable on every ground it may lie on, in both cloths (WCAG AA, 4.5 : 1). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");

function tokens(cloth: string): Map<string, string> {
  const block = css.split(`[data-cloth="${cloth}"] {`)[1]?.split("}")[0] ?? "";
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]),
  );
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, two: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const INKS = ["ink", "ink-2", "ink-3", "thread", "critical", "serious", "warn", "well", "silent"];
const GROUNDS = ["ground", "panel", "raise"];
const WASHES = ["critical-wash", "serious-wash", "warn-wash", "well-wash", "thread-wash"];

describe.each(["night", "paper"])("the %s cloth", (cloth) => {
  const of = tokens(cloth);
  const colour = (name: string) => of.get(name) ?? "#808080";

  it.each(INKS.flatMap((ink) => GROUNDS.map((ground) => [ink, ground] as const)))(
    "%s on %s",
    (ink, ground) => expect(contrast(colour(ink), colour(ground))).toBeGreaterThanOrEqual(4.5),
  );

  it.each(WASHES)("ink on %s", (wash) => {
    expect(contrast(colour("ink"), colour(wash))).toBeGreaterThanOrEqual(4.5);
  });

  it("has words on a full button", () => {
    expect(contrast(colour("on-thread"), colour("thread"))).toBeGreaterThanOrEqual(4.5);
  });

  it("has names on the map", () => {
    for (const ground of ["map-ground", "map-site", "map-building", "map-green", "map-road"])
      expect(contrast(colour("map-label"), colour(ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  it("has pins and lines on the map", () => {
    for (const ground of ["map-ground", "map-site", "map-building", "map-green", "map-road"])
      for (const ink of ["thread", "critical", "serious", "ink", "ink-2"])
        expect(contrast(colour(ink), colour(ground)), `${ink} ${ground}`).toBeGreaterThanOrEqual(3);
  });
});
