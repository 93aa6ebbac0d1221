"""The job in pandas: whole columns at once. It needs the whole file before the first event, keeps
no state from one file to the next, and so answers about the past, never about now."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from bench.peers import job
from bench.peers.job import arguments, report


def hold(smoke: pd.DataFrame) -> pd.DataFrame:
    """A run of hot readings has held if the reading that ends it comes late enough; of a stretch
    between two cold readings the first such run counts."""
    time, device = smoke["time"], smoke["device"]
    hot, cold = smoke["obscuration"] >= job.HOT, smoke["obscuration"] < job.COLD
    first = hot & ~hot.groupby(device).shift(fill_value=False)
    denied = time.where(~hot).groupby(device).bfill()
    next_cold = time.where(cold).groupby(device).bfill()
    due = time + job.HELD
    held = first & ~(denied < due) & (due <= time.iloc[-1])
    runs = pd.DataFrame({"subject": device, "due": due, "over": next_cold})[held]
    runs = runs[~runs.duplicated(["subject", "over"])]
    begin = runs[["subject"]].assign(what="begin", time=runs["due"])
    end = runs[["subject"]].assign(what="end", time=runs["over"]).dropna()
    return pd.concat([begin, end])


def count(arc: pd.DataFrame) -> pd.DataFrame:
    """Among the readings with sparks: it is on at one if the last but one before it is near, and
    was on already if the one before that had not yet fallen out."""
    met = arc[arc["arcs"] >= job.SPARKS]
    times = met.groupby("device")["time"]
    oldest, gone = times.shift(job.TIMES - 1), times.shift(job.TIMES)
    on = met["time"] - oldest < job.SLIDING
    was_on = met["time"] - gone <= job.SLIDING
    following = times.shift(-1)
    begin = met["device"][on & ~was_on].to_frame("subject")
    begin = begin.assign(what="begin", time=met["time"])
    last = on & ~(following <= oldest + job.SLIDING)
    end = met["device"][last].to_frame("subject").assign(what="end", time=oldest + job.SLIDING)
    return pd.concat([begin, end])


def baseline(smoke: pd.DataFrame) -> pd.DataFrame:
    """Each reading against its cell's weighted mean and variance before it."""
    cell = smoke["time"] // job.HOUR % job.WEEK
    keys = [smoke["device"], cell]
    temperature = smoke.groupby(keys, sort=False)["temperature"]
    weighted = temperature.ewm(alpha=job.ALPHA, adjust=False)
    known = pd.DataFrame({"mean": weighted.mean(), "variance": weighted.var(bias=True)})
    known = known.groupby(level=[0, 1], sort=False).shift().droplevel([0, 1]).loc[smoke.index]
    off = smoke["temperature"] - known["mean"]
    far = (temperature.cumcount() >= job.LEARN) & (
        off.abs() > job.SPREADS * np.sqrt(known["variance"])
    )
    turned = far != far.groupby(smoke["device"]).shift(fill_value=False)
    events = smoke["device"][turned].to_frame("subject")
    return events.assign(what=np.where(far[turned], "begin", "end"), time=smoke["time"])


def together(readings: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Per place, when each of the two was last met, at each reading that meets one of them."""
    smoky, arcing = readings["obscuration"] >= job.SMOKY, readings["arcs"] >= job.ARCING
    met = readings[smoky | arcing].merge(places[["device", "place"]], on="device")
    for name, which in (("smoky", met["obscuration"].notna()), ("arcing", met["arcs"].notna())):
        met[name] = met["time"].where(which).groupby(met["place"]).ffill()
    over = met[["smoky", "arcing"]].min(axis=1, skipna=False) + job.NEAR
    on = (met["smoky"] - met["arcing"]).abs() <= job.NEAR
    was_on = (on & (met["time"].groupby(met["place"]).shift(-1) <= over)).astype(bool)
    was_on = was_on.groupby(met["place"]).shift(fill_value=False)
    following = met.groupby("place")["time"].shift(-1)
    begin = met["place"][on & ~was_on].to_frame("subject").assign(what="begin", time=met["time"])
    last = on & ~(following <= over)
    end = met["place"][last].to_frame("subject").assign(what="end", time=over)
    return pd.concat([begin, end])


def main() -> None:
    """The command."""
    options = arguments()
    began = time.perf_counter()
    readings = pd.read_json(
        options.readings, lines=True, engine="pyarrow", dtype_backend="numpy_nullable"
    )
    readings = readings.astype(
        {"obscuration": "float64", "temperature": "float64", "arcs": "float64", "time": "int64"}
    )
    places = pd.read_csv(options.places)
    smoke = readings[readings["obscuration"].notna()]
    arc = readings[readings["arcs"].notna()]
    found = {
        "hold": hold(smoke), "count": count(arc), "baseline": baseline(smoke),
        "together": together(readings, places),
    }  # fmt: skip
    events = pd.concat([table.assign(rule=rule) for rule, table in found.items()])
    events["time"] = events["time"].astype("int64")
    events.to_json(options.events, orient="records", lines=True)
    report(len(readings), time.perf_counter() - began)


if __name__ == "__main__":
    main()
