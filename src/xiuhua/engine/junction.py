"""Where readings of several kinds meet, and the one order in which they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from xiuhua.kinds import Kind

from .columns import Rows
from .jit import I8, I32
from .records import Millis
from .schedule import FOREVER
from .sorting import ordered
from .waiting import Clock


class Junction:
    """Where readings of several kinds meet: those of the quicker kinds wait until the slowest's
    span is over too, so that all count in the order of event time."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self.span = max(int(of.reorder.total_seconds() * 1000) for of in kinds)
        self.rows = {of.code: Rows.empty(len(of.fields)) for of in kinds}
        self._through = {
            of.code for of in kinds if int(of.reorder.total_seconds() * 1000) == self.span
        }

    def pass_on(self, applied: Mapping[str, Rows], clock: Clock) -> dict[str, Rows]:
        """Take in what counts for each kind, and give what counts for all of them together."""
        passed = {}
        for code, waiting in self.rows.items():
            rows = applied.get(code)
            if code in self._through:
                ready = rows
            else:
                ready, self.rows[code] = self._wait(waiting, rows, clock)
            if ready is not None and len(ready):
                passed[code] = ready
        return passed

    def _wait(self, waiting: Rows, rows: Rows | None, clock: Clock) -> tuple[Rows, Rows]:
        if rows is not None:
            now = np.maximum(rows.now, rows.time + self.span)
            waiting = Rows.joined(waiting, replace(rows, now=now))
        due = waiting.now <= clock.times[-1]
        ready = waiting.take(due)
        if len(ready):
            ready = ready.released(clock.position_at(ready.now, ready.position))
        return ready, waiting.take(~due)

    @property
    def soonest(self) -> Millis:
        """When the next reading that waits here counts."""
        return min((int(rows.now.min()) for rows in self.rows.values() if len(rows)),
                   default=FOREVER)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merged:
    """Readings of all kinds at their seats, in the order in which they count. `rows` has the seats
    and the members but no values; `order` leads to it from the kinds' rows one after the other;
    `kind` and `inner` say which reading each is."""

    rows: Rows
    order: np.ndarray
    kind: I8
    inner: I32
    of: Mapping[str, Rows]


def merge(
    codes: tuple[str, ...], of: Mapping[str, Rows], by: str, *, loosely: bool = False
) -> Merged:
    """All in one order: by the log time at which each counts (or came), then position, then event
    time. (Not by position first: which record released a reading hangs on other sites' records too,
    and a replay of one site does not read those.) `loosely`, for what came: what one record brought
    may stand in any order. Never what several brought at one log time, for a cut may part them: the
    position tells them apart, and it rises with the log time."""
    by = "position" if loosely else by
    if len(of) == 1:
        ((code, rows),) = of.items()
        ties = not loosely and (by == "arrival" or len(codes) > 1)
        return _alone(codes.index(code), rows, of, by, ties=ties)
    names = ("slot", "time", "arrival", "now", "position", "line", "digest")
    columns = {
        name: np.concatenate([getattr(rows, name) for rows in of.values()]) for name in names
    }
    kind = np.concatenate([np.full(len(rows), codes.index(c), np.int8) for c, rows in of.items()])
    inner = np.concatenate([np.arange(len(rows), dtype=np.int32) for rows in of.values()])
    keys = () if loosely else ("position", "time", "kind", "slot", "line", "digest")
    order = ordered(columns[by], *((columns | {"kind": kind})[key] for key in keys))
    rows = Rows(values=np.zeros((0, len(order))), **{n: c[order] for n, c in columns.items()})
    return Merged(rows, order, kind[order], inner[order], of)


def _alone(kind: int, rows: Rows, of: Mapping[str, Rows], by: str, *, ties: bool) -> Merged:
    """Readings of one kind; those of one `by` stay as they come, or are ordered too (`ties`).
    What counts of a rule's only kind stands in its order already, as the waiting room left it. Of
    several kinds it may have waited here since, and must stand as it would beside the others."""
    keys = (rows.position, rows.time, rows.slot, rows.line, rows.digest)
    order = ordered(getattr(rows, by), *(keys if ties else ()))
    if (order[1:] < order[:-1]).any():
        rows = rows.take(order)
    kinds = np.full(len(order), kind, np.int8)
    return Merged(rows, order, kinds, order.astype(np.int32), of)
