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
import { type Band, band, hasRoom } from "./band";
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

const MEAN = "mean";

interface Hit {
  seriesName?: string;
  value: [number, number | null];
}

/** The moment, the mean, and how low and high it went where that is not the same. */
function told(hits: Hit[], series: Series, unit: string): string {
  const [time, mean] = hits.find((hit) => hit.seriesName === MEAN)?.value ?? [0, null];
  if (mean === null) return "";
  const at = series.time.indexOf(time);
  const [low, high] = [series.low[at] ?? mean, series.high[at] ?? mean];
  const between = low < high ? `<br>${reading(low)} – ${reading(high)}` : "";
  return `${clock(time)}<br>${reading(mean)} ${unit}${between}`;
}

/** The band: an unseen line at the lowest, and on it the room up to the highest, filled. */
function around(drawn: Band, colour: Colour) {
  const plain = {
    type: "line",
    stack: "band",
    stackStrategy: "all",
    symbol: "none",
    silent: true,
    lineStyle: { opacity: 0 },
  };
  return [
    { ...plain, data: drawn.low },
    { ...plain, data: drawn.room, areaStyle: { color: colour("thread"), opacity: 0.22 } },
  ];
}

function option(drawing: Drawing, colour: Colour) {
  const { alert, series } = drawing;
  const drawn = band(series);
  const few = series.time.length < 40;
  const points = drawn.line.map(([time, value]) => ({
    value: [time, value],
    symbolSize: few || drawn.lonely.has(time) ? 5 : 0,
  }));
  const limit = alert?.chart?.limit ?? null;
  const unit = unitOf(alert?.chart?.unit ?? "");
  return {
    animation: false,
    aria: { enabled: true, label: { description: alert ? inWords(alert.sentence) : series.field } },
    textStyle: { fontFamily: "inherit" },
    grid: { left: 8, right: 16, top: 26, bottom: 6 },
    tooltip: {
      trigger: "axis",
      backgroundColor: colour("raise"),
      borderColor: colour("edge"),
      textStyle: { color: colour("ink") },
      formatter: (hits: Hit[]) => told(hits, series, unit),
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
      ...(hasRoom(drawn) ? around(drawn, colour) : []),
      {
        type: "line",
        name: MEAN,
        symbol: "circle",
        showSymbol: true,
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
