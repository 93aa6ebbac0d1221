"""The house's log, as far back as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from xiuhua.engine.control import Device
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Millis, Record
from xiuhua.log.base import Reader

from . import Curve, NothingToReplay, Span
from .records import Records, curve_of, in_pieces


class Retention(Protocol):
    """Where in a log a moment lies."""

    def older_than(self, time: Millis) -> int:
        """The position before which every record is older than `time`."""


class LogReader(Reader, Protocol):
    """A log to read, which knows where a moment lies in it."""

    @property
    def retention(self) -> Retention:
        """Where a moment lies."""


class Log:
    """A log. Its records bring changes of ledger and lists with them; `ledger` makes the ledger of
    a log whose beginning is gone."""

    def __init__(self, reader: LogReader, ledger: Callable[[], Ledger], span: Span) -> None:
        self._reader = reader
        self._ledger = ledger
        self._span = span
        self._first = max(reader.retention.older_than(span.since or 0), self._oldest())
        if not reader.head()[0]:
            raise NothingToReplay("The log is empty: let devices speak first.")

    @property
    def log(self) -> str:
        return self._reader.name()

    def sites(self) -> Sequence[str]:
        return [""]

    def total(self) -> int:
        return 0

    def ledger(self, site: str) -> Ledger | None:
        del site
        return None if self._first == 1 else self._ledger()

    def pieces(self, site: str) -> Iterator[Records]:
        del site
        return in_pieces(self._records(self._first, self._span.until))

    def curves(self, asked: Sequence[tuple[Device, str, Span]]) -> list[Curve]:
        return [self._curve(device, field, span) for device, field, span in asked]

    def _curve(self, device: Device, field: str, span: Span) -> Curve:
        first = max(self._reader.retention.older_than(span.since or 0), self._oldest())
        return curve_of(self._records(first, span.until), self._ledger(), device.id, field)

    def _oldest(self) -> int:
        return self._reader.retention.older_than(0)

    def _records(self, first: int, until: Millis | None) -> Iterator[Record]:
        """From a position on, up to `until`; what the doors write meanwhile is left alone."""
        after, (head, _) = first - 1, self._reader.head()
        while after < head:
            for record in self._reader.read(after):
                if until is not None and record.at >= until:
                    return
                yield record
                after = record.position
