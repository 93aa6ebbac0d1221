"""Where a replay reads the past from: history, the log, or plain lines. One file a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device
from xiuhua.engine.jit import F64, I64
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Millis
from xiuhua.engine.step import State


class NothingToReplay(Exception):
    """There is nothing to fold, or nothing to fold it with; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Span:
    """Log time from `since` until before `until`, ms; None: as far as the past goes."""

    since: Millis | None = None
    until: Millis | None = None

    def holds(self, at: Millis) -> bool:
        """Whether a moment lies in it."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Curve:
    """What a field of a device said: times, epoch ms, in order, and values, NaN for none."""

    times: I64
    values: F64

    @staticmethod
    def empty() -> Curve:
        """Nothing was said."""
        return Curve(np.zeros(0, np.int64), np.zeros(0))


class Piece(Protocol):
    """Some of the past, in order. The first one of a site says where a fold begins."""

    @property
    def start(self) -> tuple[int, Millis]:
        """Position and log time before it."""

    @property
    def end(self) -> Millis:
        """Log time when it is over."""

    @property
    def readings(self) -> int:
        """How many readings it holds, those of devices nobody knows among them."""

    def fold(self, state: State) -> tuple[State, list[AlertChange]]:
        """Fold it into a state, which is used up. What it holds of rules' changes is passed over:
        a replay has its own."""


class Source(Protocol):
    """The past that a replay folds."""

    @property
    def log(self) -> str:
        """The log's id, which alert ids hang on."""

    def sites(self) -> Sequence[str]:
        """What can be folded apart from each other, in any order and in processes of their own,
        with the same result: a site is the largest scope that a rule may join. [""]: all in one."""

    def total(self) -> int:
        """How many readings there are, about; 0 where nobody knows before they are read."""

    def ledger(self, site: str) -> Ledger | None:
        """The ledger where the fold begins, made anew; None: empty, the past brings its own."""

    def pieces(self, site: str) -> Iterator[Piece]:
        """The past of a site, piece by piece."""

    def curves(self, asked: Sequence[tuple[Device, str, Span]]) -> list[Curve]:
        """What devices' fields said, in event time, one curve for each that is asked for."""
