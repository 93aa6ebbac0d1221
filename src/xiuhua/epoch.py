"""Epoch milliseconds, UTC: the time that the house keeps and hands on. Here is the one way to them
and back, and the city's own time for the edge."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    """Now, by this machine's clock."""
    return time.time_ns() // 1_000_000


def millis(at: datetime) -> int:
    """The millisecond that a moment lies in. Exact, as `timestamp() * 1000` is not."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    """A moment, in UTC, by its milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


def midnight(day: date) -> datetime:
    """The moment, in UTC, with which a day of the city begins."""
    return datetime.combine(day, clock_time(), SHANGHAI).astimezone(UTC)
