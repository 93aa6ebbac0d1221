/** The shapes of the levels, drawn once for the list, the strip and the map alike. */
import { type SVGTemplateResult, svg } from "lit-html";
import type { DeviceState } from "./order";

/** Path data within 24 x 24; the dashed ring of "silent" is stroked, the others are filled. */
export const PATHS: Record<DeviceState, string> = {
  critical: "M12 1.5 22.5 12 12 22.5 1.5 12z",
  serious: "M12 2.5 22.8 21.5H1.2z",
  warn: "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19z",
  silent: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z",
  well: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
};

/** A shape as a piece of an SVG, coloured by `data-level` of what it stands in. */
export function shape(state: DeviceState): SVGTemplateResult {
  return state === "silent"
    ? svg`<path d=${PATHS.silent} fill="none" stroke="currentColor" stroke-width="2.4" stroke-dasharray="4 3.2"/>`
    : svg`<path d=${PATHS[state]} fill="currentColor"/>`;
}
