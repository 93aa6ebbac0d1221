"""History: Parquet by day and site, read through its manifest alone, columns straight in.

What is the same as over the log, and what cannot be, stands in `engine.arrow`. A device that has
never spoken counts as silent from its site's first reading on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from xiuhua.engine import arrow
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.columns import Rows
from xiuhua.engine.control import Device, LedgerSet
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Millis
from xiuhua.engine.step import State, fold
from xiuhua.history.files import scan_parts
from xiuhua.history.layout import day_of
from xiuhua.history.parts import Part
from xiuhua.kinds import Kind, kind

from . import Curve, NothingToReplay, Span


@dataclass(frozen=True, slots=True)
class Columns:
    """A stretch of history, and how many readings beside it were of devices nobody knows."""

    stretch: arrow.Stretch
    unknown: int = 0

    @property
    def readings(self) -> int:
        return sum(map(len, self.stretch.arrivals.values())) + self.unknown

    @property
    def start(self) -> tuple[int, Millis]:
        clock = self.stretch.clock
        return int(clock.positions[0]), int(clock.times[0])

    @property
    def end(self) -> Millis:
        return int(self.stretch.clock.times[-1])

    def fold(self, state: State) -> tuple[State, list[AlertChange]]:
        if self.stretch.shut:
            for run in state.runs.values():
                run.excuse(self.stretch.shut)
        state.unknown += self.unknown
        changes = fold(state, self.stretch.arrivals, self.stretch.clock)
        state.late = []
        return state, changes


@dataclass(frozen=True, slots=True)
class History:
    """Parts of history and the ledger that they are read with. `end` is the log time up to which
    they are whole, None where nobody knows. Only the kinds named are read."""

    root: Path
    parts: tuple[Part, ...]
    log: str
    devices: tuple[Device, ...]
    lists: dict[str, tuple[str, ...]]
    span: Span
    end: Millis | None = None

    @staticmethod
    def of(
        root: Path, parts: Sequence[Part], *, log: str, ledger: Ledger, kinds: set[str],
        span: Span, end: Millis | None = None,
    ) -> History:  # fmt: skip
        """The parts of these kinds that fall into the span. Raises NothingToReplay."""
        wanted = tuple(part for part in parts if part.kind in kinds and _within(part, span))
        if not wanted:
            raise NothingToReplay(
                f"History in {root} holds no readings of {', '.join(sorted(kinds)) or 'any kind'} "
                "in that period: name another one, or another source."
            )
        devices = tuple(device for id_ in ledger.kind_of if (device := ledger.find(id_)))
        lists = {name: tuple(sorted(members)) for name, members in ledger.lists.items()}
        whole = _last(root, wanted) if end is None else end
        return History(root, wanted, log, devices, lists, span, whole)

    def sites(self) -> Sequence[str]:
        return sorted({part.site for part in self.parts})

    def total(self) -> int:
        return sum(part.rows for part in self.parts)

    def rows_of(self, site: str) -> int:
        """How many readings a site has."""
        return sum(part.rows for part in self.parts if part.site == site)

    def ledger(self, site: str) -> Ledger:
        ledger = Ledger()
        ledger.put(LedgerSet(tuple(device for device in self.devices if device.site == site)))
        ledger.lists = {name: set(members) for name, members in self.lists.items()}
        return ledger

    def pieces(self, site: str) -> Iterator[Columns]:
        ledger, after, strange = self.ledger(site), None, 0
        for day in sorted({part.day for part in self.parts if part.site == site}):
            arrivals, unknown = self._day(site, day, ledger)
            strange += unknown
            if not arrivals:
                continue
            position, time = after or _begun(arrivals)
            for stretch in arrow.stretches(arrivals, position=position, time=time):
                yield Columns(stretch, strange)
                after, strange = _ended(stretch), 0
        position, time = after or (0, self.end or 0)
        until = max(time, min(self.end or time, self.span.until or self.end or time))
        if strange or until > time:
            yield Columns(arrow.idle(position=position, time=time, until=until), strange)

    def curves(self, asked: Sequence[tuple[Device, str, Span]]) -> list[Curve]:
        return [self._curve(device, field, span) for device, field, span in asked]

    def _day(self, site: str, day: str, ledger: Ledger) -> tuple[dict[str, Rows], int]:
        """A day's readings by kind, and how many were of devices that are not the site's own."""
        found, strange = {}, 0
        of_day = [part for part in self.parts if (part.site, part.day) == (site, day)]
        for code in sorted({part.kind for part in of_day}):
            frame = self._frame(kind(code), [part for part in of_day if part.kind == code])
            rows, unknown = arrow.rows_of(frame, kind(code), ledger.roster(code))
            strange += unknown
            if len(rows):
                found[code] = rows
        return found, strange

    def _frame(self, of: Kind, parts: Sequence[Part]) -> pl.DataFrame:
        rows = scan_parts(self.root, of.code, parts)
        return rows.filter(*_between("arrival", self.span)).collect()

    def _curve(self, device: Device, field: str, span: Span) -> Curve:
        mine = [p for p in self.parts if (p.kind, p.site) == (device.kind, device.site)]
        mine = [part for part in mine if _touches(part, span)]
        frame = (
            scan_parts(self.root, device.kind, mine)
            .filter(pl.col("device") == device.id, *_between("time", span))
            .select("time", pl.col(field).cast(pl.Float64))
            .sort("time")
            .collect()
        )
        values = frame[field].fill_null(float("nan")).to_numpy()
        return Curve(frame["time"].to_physical().to_numpy(), values)


def _begun(arrivals: dict[str, Rows]) -> tuple[int, Millis]:
    """Just before the first reading, in the millisecond in which it comes."""
    first = min(arrivals.values(), key=lambda rows: (int(rows.arrival[0]), int(rows.position[0])))
    return int(first.position[0]) - 1, int(first.arrival[0])


def _ended(stretch: arrow.Stretch) -> tuple[int, Millis]:
    return int(stretch.clock.positions[-1]), int(stretch.clock.times[-1])


def _within(part: Part, span: Span) -> bool:
    """Whether it may hold something of the span, by its day of arrival."""
    return (span.since is None or part.day >= day_of(span.since)) and (
        span.until is None or part.day <= day_of(span.until - 1)
    )


def _touches(part: Part, span: Span) -> bool:
    return (span.since is None or part.until >= span.since) and (
        span.until is None or part.since < span.until
    )


def _between(column: str, span: Span) -> Iterator[pl.Expr]:
    moment = pl.Datetime("ms", "UTC")
    if span.since is not None:
        yield pl.col(column) >= pl.lit(span.since).cast(moment)
    if span.until is not None:
        yield pl.col(column) < pl.lit(span.until).cast(moment)


def _last(root: Path, parts: Sequence[Part]) -> Millis:
    """When the last reading came, of any site: up to then the others' silence counts."""
    newest = max(part.day for part in parts)
    arrivals = [
        scan_parts(root, part.kind, [part]).select(pl.col("arrival").max())
        for part in parts
        if part.day == newest
    ]
    return max(int(found["arrival"].to_physical()[0]) for found in pl.collect_all(arrivals))
