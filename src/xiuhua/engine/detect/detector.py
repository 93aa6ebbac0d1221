"""Scores any series once, in order, with one setting for all: see docs/concepts/detection.md."""

from __future__ import annotations

import numpy as np

from xiuhua.engine.jit import F64, I64, jit

from . import expect, joining, period, scale
from .forecast import Forecast
from .hours import DAILY, WEEKLY, Hours
from .joining import join
from .parts import PARTS, Part
from .patterns import Look, Patterns, follow, refit
from .surprise import BINS, learn_surprise, places

LOOKS = {
    Part.SHORT: Look(8, 1),
    Part.SHAPE: Look(8, 1, off=True),
    Part.MIDDLE: Look(16, 4),
    Part.CYCLE: Look(16, 16, cycle=True),
}
SHORTEST_CYCLE = 24
"""Readings; a pattern of a shorter cycle would be that of SHORT."""
BACK = period.HISTORY + 64
"""Readings that the tapes reach back at least: as far as a cycle is looked for, or the level."""
MOST = 2048
"""Readings that are taken at once."""

Arrays = dict[str, np.ndarray]


class Detector:
    """State of one series. `update` scores a reading, `score` many; in any pieces, the same
    scores. About 0.7 MB."""

    def __init__(self) -> None:
        self.seen = np.zeros(1, np.int64)
        self.tapes = np.zeros((3, 2 * BACK + MOST))
        self.end = np.full(1, BACK, np.int64)
        self.slow = np.zeros(scale.SIZE)
        self.day, self.week = Hours(DAILY), Hours(WEEKLY)
        self.plan = np.zeros(2, np.int64)
        self.usual = np.zeros((2, expect.EXPERTS))
        self.expert_error = np.zeros(expect.EXPERTS)
        self.forecast = Forecast()
        self.memory = np.zeros(expect.SIZE)
        self.patterns = {part: Patterns(look) for part, look in LOOKS.items()}
        self.bins = np.zeros((PARTS, BINS))
        self.counts = np.zeros(PARTS)
        self.joined = np.zeros(joining.SIZE)

    def update(self, time: int, value: float) -> float:
        """The score, 0 to 1, of a reading at `time` (UTC ms), NaN if it is missing."""
        return float(self.score(np.array([time], np.int64), np.array([value]))[0])

    def score(self, time: I64, value: F64) -> F64:
        """(n,) scores, 0 to 1, of readings `value` (n,) at moments `time` (n,), UTC ms."""
        parts = range(0, len(value), MOST)
        scores = [self._score(time[at : at + MOST], value[at : at + MOST]) for at in parts]
        return np.concatenate(scores) if scores else np.zeros(0)

    def surprises(self, time: I64, value: F64) -> F64:
        """(parts, n) how many decimal places of surprise each part has; n at most MOST."""
        statistics = self._statistics(time, value)
        _surprise(statistics, self.bins, self.counts)
        return statistics

    def _score(self, time: I64, value: F64) -> F64:
        return _join(self.surprises(time, value), self.joined)

    def _statistics(self, time: I64, value: F64) -> F64:
        """(parts, n) statistics; NaN where there is none."""
        rows, start, seen = len(value), self._room(len(value)), int(self.seen[0])
        out = np.full((PARTS, rows), np.nan)
        bent, at = self.tapes[1], 0
        while at < rows:  # up to where a cycle is looked for, whose patterns are then cut anew
            until = min(rows, at + max(1, int(self.plan[period.NEXT]) - seen - at))
            self._expect(time[at:until], value[at:until], seen + at, start + at, out[:, at:until])
            self._follow(bent, start + at, start + until, seen + at, out[:, at:until])
            at = until
        self.seen += rows
        self.end += rows
        return out

    def _room(self, rows: int) -> int:
        """Where the tapes go on; what is older than BACK is let go when they are full."""
        end = int(self.end[0])
        if end + rows > self.tapes.shape[1]:
            self.tapes[:, :BACK] = self.tapes[:, end - BACK : end].copy()
            self.end[0] = BACK
        return int(self.end[0])

    def _expect(self, time: I64, value: F64, seen: int, start: int, out: F64) -> None:
        tape, bent, away = self.tapes
        expect.expect(
            time, value, len(value), seen, start, tape, bent, away, self.slow,
            self.day.cells, self.day.past, self.day.times,
            self.week.cells, self.week.past, self.week.times,
            self.plan, self.usual, self.expert_error,
            self.forecast.weights, self.forecast.spread, self.forecast.state, self.memory, out,
        )  # fmt: skip

    def _follow(self, bent: F64, start: int, end: int, seen: int, out: F64) -> None:
        for part, kept in self.patterns.items():
            follow(bent, start, end, seen, kept.look.off, kept.library, kept.plan, kept.last,
                   out[part])  # fmt: skip
            out[part][np.isnan(out[0])] = np.nan
            if kept.look.cycle:
                cycle = int(self.plan[period.PERIOD])
                spans = cycle if cycle >= SHORTEST_CYCLE else kept.look.means * kept.look.step
                refit(bent, end, seen + end - start, period.HISTORY, spans,
                      kept.library, kept.plan, kept.last)  # fmt: skip

    def arrays(self) -> Arrays:
        """The whole state, by name."""
        named: Arrays = {
            name: array for name, array in vars(self).items() if isinstance(array, np.ndarray)
        }
        inner = {
            "day": self.day.arrays(), "week": self.week.arrays(),
            "forecast": self.forecast.arrays(),
        } | {part.name.lower(): kept.arrays() for part, kept in self.patterns.items()}  # fmt: skip
        for name, arrays in inner.items():
            named |= {f"{name}.{key}": array for key, array in arrays.items()}
        return named

    def restore(self, arrays: Arrays) -> None:
        """Take on a state that `arrays` gave."""
        for name, array in self.arrays().items():
            array[...] = arrays[name]


@jit
def _surprise(statistics: F64, bins: F64, counts: F64) -> None:
    """Each statistic becomes its surprise, then counts as past."""
    for part in range(statistics.shape[0]):
        for i in range(statistics.shape[1]):
            statistic = statistics[part, i]
            statistics[part, i] = places(statistic, bins[part], counts[part])
            counts[part] = learn_surprise(statistic, bins[part], counts[part])


@jit
def _join(surprises: F64, memory: F64) -> F64:
    scores = np.empty(surprises.shape[1])
    for i in range(surprises.shape[1]):
        scores[i] = join(surprises[:, i], memory)
    return scores
