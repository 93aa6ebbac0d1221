/** The readings around an alert: the line, the limit, the moment it began. Loaded when first needed. */
import { LineChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { clock, hourAndMinute, reading, unitOf } from "./format";
import type { Alert, Series } from "./wire";
import { inWords, say } from "./words";

use([LineChart, GridComponent, MarkLineComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

type Range = { min: number; max: number };
type Colour = (name: string) => string;

function colours(element: Element): Colour {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/** What there is to draw: the readings, and what they mean if that is known. */
export interface Drawing {
  series: Series;
  from: number;
  to: number;
  alert?: Alert;
}

function marks({ alert, from, to }: Drawing, colour: Colour) {
  const label = { color: colour("ink-2"), fontSize: 12, distance: 4 };
  const late = alert !== undefined && alert.start > (from + to) / 2;
  const lines: object[] = [];
  const limit = alert?.chart?.limit ?? null;
  if (alert && limit !== null)
    lines.push({
      yAxis: limit,
      lineStyle: { color: colour(alert.level), type: "dashed" },
      label: { ...label, position: "insideStartTop", formatter: `${say.limit} ${reading(limit)}` },
    });
  if (alert && alert.start >= from && alert.start <= to)
    lines.push({
      xAxis: alert.start,
      lineStyle: { color: colour("ink-2"), type: "solid" },
      label: {
        ...label,
        position: "end",
        align: late ? "right" : "left",
        formatter: `${say.began} ${clock(alert.start)}`,
      },
    });
  return { symbol: "none", animation: false, silent: true, data: lines };
}

function axis(colour: Colour, formatter: (value: number) => string) {
  return {
    axisLine: { lineStyle: { color: colour("edge-strong") } },
    axisLabel: { color: colour("ink-2"), fontSize: 12, hideOverlap: true, formatter },
    splitLine: { lineStyle: { color: colour("edge") } },
  };
}

/** Zero where that wastes little room, so that small looks small. */
function lowest({ min, max }: Range, limit: number | null): number | null {
  if (min >= 0 && min < max / 2) return 0;
  return limit !== null && limit < min ? limit * 0.9 : null;
}

function option(drawing: Drawing, colour: Colour) {
  const { alert, series } = drawing;
  const points = series.time.map((time, at) => [time, series.value[at] ?? null]);
  const limit = alert?.chart?.limit ?? null;
  const unit = unitOf(alert?.chart?.unit ?? "");
  return {
    animation: false,
    aria: { enabled: true, label: { description: alert ? inWords(alert.sentence) : series.field } },
    textStyle: { fontFamily: "inherit" },
    grid: { left: 8, right: 16, top: 26, bottom: 6, containLabel: true },
    tooltip: {
      trigger: "axis",
      backgroundColor: colour("raise"),
      borderColor: colour("edge"),
      textStyle: { color: colour("ink") },
      formatter: (hits: { value: [number, number] }[]) =>
        hits[0] ? `${clock(hits[0].value[0])}<br>${reading(hits[0].value[1])} ${unit}` : "",
    },
    xAxis: {
      type: "time",
      min: drawing.from,
      max: drawing.to,
      ...axis(colour, hourAndMinute),
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      scale: true,
      ...axis(colour, reading),
      min: (range: Range) => lowest(range, limit),
      max: (range: Range) => (limit !== null && limit > range.max ? limit * 1.1 : null),
    },
    series: [
      {
        type: "line",
        showSymbol: points.length < 40,
        symbolSize: 5,
        lineStyle: { width: 2, color: colour("thread") },
        itemStyle: { color: colour("thread") },
        data: points,
        markLine: marks(drawing, colour),
      },
    ],
  };
}

/** Draw, or draw again, into the element; it follows the element's size until it goes away. */
export function draw(element: HTMLElement, drawing: Drawing, before?: EChartsType): EChartsType {
  const chart = before ?? init(element, undefined, { renderer: "canvas" });
  chart.setOption(option(drawing, colours(element)), true);
  if (!before) new ResizeObserver(() => chart.resize()).observe(element);
  return chart;
}
