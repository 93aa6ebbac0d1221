"""The job in Polars: lazy queries over whole columns. As with pandas, the whole file must be there
before the first event, and nothing is kept for the next."""

from __future__ import annotations

import time

import polars as pl
from polars import col

from bench.peers import job
from bench.peers.job import arguments, report

SCHEMA = {
    "device": pl.String, "time": pl.Int64, "obscuration": pl.Float64, "temperature": pl.Float64,
    "arcs": pl.Float64, "current": pl.Float64,
}  # fmt: skip


def told(
    rule: str, what: str, rows: pl.LazyFrame, time: str, subject: str = "device"
) -> pl.LazyFrame:
    """Rows as events."""
    return rows.filter(col(time).is_not_null()).select(
        pl.lit(rule).alias("rule"),
        col(subject).alias("subject"),
        pl.lit(what).alias("what"),
        col(time).alias("time"),
    )


def hold(smoke: pl.LazyFrame, last: int) -> list[pl.LazyFrame]:
    """A run of hot readings has held if the reading that ends it comes late enough; of a stretch
    between two cold readings the first such run counts."""
    hot = col("obscuration") >= job.HOT
    runs = (
        smoke.with_columns(
            first=hot & ~hot.shift(fill_value=False).over("device"),
            denied=pl.when(~hot).then("time").backward_fill().over("device"),
            over=pl.when(col("obscuration") < job.COLD).then("time").backward_fill().over("device"),
            due=col("time") + job.HELD,
        )
        .filter("first", col("due") <= last, (col("denied") >= col("due")).fill_null(value=True))
        .unique(["device", "over"], keep="first", maintain_order=True)
    )
    return [told("hold", "begin", runs, "due"), told("hold", "end", runs, "over")]


def count(arc: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Among the readings with sparks: it is on at one if the last but one before it is near, and
    was on already if the one before that had not yet fallen out."""
    met = (
        arc.filter(col("arcs") >= job.SPARKS)
        .with_columns(
            due=col("time").shift(job.TIMES - 1).over("device") + job.SLIDING,
            was_due=col("time").shift(job.TIMES).over("device") + job.SLIDING,
            following=col("time").shift(-1).over("device"),
        )
        .filter(col("time") < col("due"))
    )
    begin = met.filter((col("time") > col("was_due")).fill_null(value=True))
    end = met.filter((col("following") > col("due")).fill_null(value=True))
    return [told("count", "begin", begin, "time"), told("count", "end", end, "due")]


def baseline(smoke: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Each reading against its cell's weighted mean and variance before it."""
    cell = ["device", "cell"]
    value = col("temperature")
    mean = value.ewm_mean(alpha=job.ALPHA, adjust=False).shift().over(cell)
    spread = value.ewm_std(alpha=job.ALPHA, adjust=False, bias=True).shift().over(cell)
    far = (pl.int_range(pl.len()).over(cell) >= job.LEARN) & (
        (value - mean).abs() > job.SPREADS * spread
    ).fill_null(value=False)
    judged = smoke.with_columns(cell=col("time") // job.HOUR % job.WEEK).with_columns(far=far)
    turned = judged.filter(col("far") != col("far").shift(fill_value=False).over("device"))
    return [
        told("baseline", "begin", turned.filter("far"), "time"),
        told("baseline", "end", turned.filter(~col("far")), "time"),
    ]


def together(readings: pl.LazyFrame, places: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Per place, when each of the two was last met, at each reading that meets one of them."""
    newest = [
        pl.when(col(field).is_not_null()).then("time").forward_fill().over("place").alias(name)
        for name, field in (("smoky", "obscuration"), ("arcing", "arcs"))
    ]
    met = (
        readings.filter((col("obscuration") >= job.SMOKY) | (col("arcs") >= job.ARCING))
        .join(places, on="device", maintain_order="left")
        .with_columns(newest)
        .with_columns(
            on=((col("smoky") - col("arcing")).abs() <= job.NEAR).fill_null(value=False),
            due=pl.min_horizontal("smoky", "arcing") + job.NEAR,
            following=col("time").shift(-1).over("place"),
        )
        .with_columns(stays=col("on") & (col("following") <= col("due")).fill_null(value=False))
    )
    begin = met.filter("on", ~col("stays").shift(fill_value=False).over("place"))
    end = met.filter("on", ~col("stays"))
    return [
        told("together", "begin", begin, "time", "place"),
        told("together", "end", end, "due", "place"),
    ]


def main() -> None:
    """The command."""
    options = arguments()
    began = time.perf_counter()
    readings = pl.read_ndjson(options.readings, schema=SCHEMA)
    places = pl.scan_csv(options.places).select("device", "place")
    lazy = readings.lazy()
    smoke = lazy.filter(col("obscuration").is_not_null())
    arc = lazy.filter(col("arcs").is_not_null())
    events = [
        *hold(smoke, int(readings["time"][-1])),
        *count(arc),
        *baseline(smoke),
        *together(lazy, places),
    ]
    pl.concat(pl.collect_all(events)).write_ndjson(options.events)
    report(len(readings), time.perf_counter() - began)


if __name__ == "__main__":
    main()
