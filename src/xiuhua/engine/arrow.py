"""From columns of history to the engine's own: the fast way back, without a line of JSON between.

Replayed from Parquet, a log gives the same alerts as it gave alive: the same ids, levels, starts
and ends, and the same sentences. What history does not keep cannot be the same:

- `position` of what falls due between two readings: a tick brought it, and ticks are not kept. A
  second without readings is counted as one, so it is at most the next reading's position.
- what the clock decides in the very millisecond in which a reading decides too, if something of
  another site stood before it in that millisecond: alive these are two changes, here one.
- changes of the ledger and of lists within the period: history is read with those of one moment.
  Devices that were not in service then are counted (`unknown`), not replayed.
- time while our own door was shut: positions stood still then, which tells it within about a second
  (`Stretch.shut`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from polars.datatypes import DataTypeClass

from xiuhua.kinds import Field, Kind

from .columns import Rows, digests
from .jit import F64, I64
from .ledger import Roster
from .records import Millis
from .tokens import token_hash
from .waiting import Clock

SECOND = 1000
SHUT = 10 * SECOND
"""Time without a record, beyond one a second, that is no hiccup any more: our door was shut."""
AT_ONCE = 200_000
"""Readings folded together, about: fewer cost more turns, more cost more memory."""
_MOST = (1 << 62) - 1


def rows_of(frame: pl.DataFrame, of: Kind, roster: Roster) -> tuple[Rows, int]:
    """Rows of history of one kind as the engine's, in the order in which they arrived, and how
    many were of devices not in service.

    `frame` has the columns of history: device, time, position, arrival, late, and the fields. A
    pack's lines have lost their order; the late ones come last in it, so that they are late again.
    """
    slot = _slots(frame["device"], roster)
    arrival, position = _whole(frame["arrival"]), _whole(frame["position"])
    late = frame["late"].to_numpy().astype(np.int64)
    order = _sorted(arrival, position, late)
    order = order[slot[order] >= 0]
    arrival, said = arrival[order], _whole(frame["time"])[order]
    time = np.minimum(said, arrival)
    values = np.empty((len(of.fields), len(order)))
    for at, field in enumerate(of.fields):
        values[at] = _numbers(frame[field.name], field)[order]
    rows = Rows(
        slot=slot[order],
        time=time,
        arrival=arrival,
        now=np.maximum(arrival, time + int(of.reorder.total_seconds() * 1000)),
        position=position[order],
        line=np.zeros(len(order), np.int32),
        digest=digests(said, values),
        values=values,
    )
    return rows, frame.height - len(order)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What `step.fold` takes: readings by kind and the records that brought them; before it, our
    own door had been shut for `shut` ms."""

    arrivals: dict[str, Rows]
    clock: Clock
    shut: int = 0


def stretches(
    arrivals: Mapping[str, Rows], *, position: int, time: Millis, most: int = AT_ONCE
) -> Iterator[Stretch]:
    """Readings by kind, cut into stretches of about `most` rows, after a record at `position` and
    `time`. However they are cut, the same alerts come."""
    for window in _windows(arrivals, most):
        records = _records(window.values(), position, time)
        begun, excused = 0, 0
        for at, gap in [*_shut(records), (len(records.times), 0)]:
            until = records.times[at] if at < len(records.times) else None
            piece = _before(window, until) if until is not None else window
            window = _from(window, until) if until is not None else {}  # noqa: PLW2901
            if piece:
                clock = Clock(records.positions[begun:at], records.times[begun:at])
                yield Stretch(piece, _ticking(clock), excused)
                excused = 0
            begun, excused = max(at - 1, 0), excused + gap
        position, time = int(records.positions[-1]), int(records.times[-1])


def idle(*, position: int, time: Millis, until: Millis) -> Stretch:
    """Nothing but the clock, from a record at `position` and `time` until later."""
    clock = Clock(np.array([position, position]), np.array([time, until]))
    return Stretch({}, _ticking(clock))


def _windows(arrivals: Mapping[str, Rows], most: int) -> Iterator[dict[str, Rows]]:
    rest = {code: rows for code, rows in arrivals.items() if len(rows)}
    if not rest:
        return
    times = np.sort(np.concatenate([rows.arrival for rows in rest.values()]))
    for edge in np.unique(times[most::most]):
        window, rest = _before(rest, edge), _from(rest, edge)
        if window:
            yield window
    yield rest


def _before(arrivals: Mapping[str, Rows], edge: Millis) -> dict[str, Rows]:
    cut = {code: slice(0, int(np.searchsorted(r.arrival, edge))) for code, r in arrivals.items()}
    return {code: rows.part(cut[code]) for code, rows in arrivals.items() if cut[code].stop}


def _from(arrivals: Mapping[str, Rows], edge: Millis) -> dict[str, Rows]:
    cut = {code: int(np.searchsorted(rows.arrival, edge)) for code, rows in arrivals.items()}
    return {
        code: rows.part(slice(cut[code], None))
        for code, rows in arrivals.items()
        if cut[code] < len(rows)
    }


def _records(rows: Iterable[Rows], position: int, time: Millis) -> Clock:
    """The records that brought these rows, after one at `position` and `time`, which is first."""
    every = list(rows)
    times = np.concatenate([[time], *(each.arrival for each in every)]).astype(np.int64)
    positions = np.concatenate([[position], *(each.position for each in every)]).astype(np.int64)
    order = _sorted(times, positions)
    times, positions = times[order], positions[order]
    new = np.append(True, (np.diff(times) > 0) | (np.diff(positions) > 0))
    return Clock(positions[new], times[new])


def _shut(records: Clock) -> list[tuple[int, Millis]]:
    """(the first record afterwards, how long) for each time that our own door was shut: time went
    on and positions did not, though an open door writes one a second."""
    gaps = np.diff(records.times) - SECOND * np.diff(records.positions)
    return [(int(at) + 1, int(gaps[at])) for at in np.flatnonzero(gaps > SHUT)]


def _ticking(records: Clock) -> Clock:
    """The same with a tick for each second that they leave out."""
    positions, times = records.positions, records.times
    quiet = np.maximum((np.diff(times) - 1) // SECOND, 0)
    if not quiet.any():
        return records
    repeats = np.append(quiet, 0) + 1
    record = np.repeat(np.arange(len(times)), repeats)
    second = np.arange(len(record)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    most = np.append(np.maximum(positions[1:] - 1, positions[:-1]), positions[-1])
    return Clock(
        np.minimum(positions[record] + second, most[record]), times[record] + SECOND * second
    )


def _sorted(*keys: I64) -> I64:
    """The order by the first key, then the next; equal rows stay as they stand."""
    whole = np.zeros(len(keys[0]), np.int64)
    room = 1
    for key in keys:
        least = int(key.min()) if len(key) else 0
        span = int(key.max()) - least + 1 if len(key) else 1
        room *= span
        if room > _MOST:
            return np.lexsort(keys[::-1])
        whole = whole * span + (key - least)
    return np.argsort(whole, kind="stable")


def _whole(column: pl.Series) -> I64:
    return column.to_physical().to_numpy()


def _slots(devices: pl.Series, roster: Roster) -> np.ndarray:
    serving = [device for device, slot in roster.slots.items() if roster.serving[slot]]
    slots = [roster.slots[device] for device in serving]
    return _looked_up(devices, serving, slots, pl.Int32, -1)


def _numbers(column: pl.Series, field: Field) -> F64:
    """A field's values as the numbers that operators see, NaN for a missing one."""
    if field.type == "choice":
        return _looked_up(column, field.choices, range(len(field.choices)), pl.Float64, np.nan)
    if field.type == "token":
        tokens = column.unique().drop_nulls().to_list()
        return _looked_up(column, tokens, map(token_hash, tokens), pl.Float64, np.nan)
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _looked_up(
    column: pl.Series,
    words: Iterable[str],
    numbers: Iterable[float],
    as_: DataTypeClass,
    other: float,
) -> np.ndarray:
    """The number of each word, `other` for a word without one and for none."""
    known, found = list(words), list(numbers)
    if not known:
        return pl.repeat(other, len(column), dtype=as_, eager=True).to_numpy()
    return (
        column.replace_strict(known, found, default=other, return_dtype=as_)
        .fill_null(other)
        .to_numpy()
    )
