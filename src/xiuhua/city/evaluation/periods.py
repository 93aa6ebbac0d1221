"""A period in words, 2026-11-25 or 2026-11, as a span of moments; days are Shanghai's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xiuhua.epoch import SHANGHAI

YEARS = range(2000, 2101)
"""In these years a period lies: no house kept books before, and no calendar ends within."""


class BadPeriod(ValueError):
    """The words are neither a day nor a month of YEARS."""


@dataclass(frozen=True)
class Period:
    """From a moment up to, but without, another; `words` as it was asked for, `now` when."""

    words: str
    since: datetime
    until: datetime
    now: datetime

    @property
    def is_month(self) -> bool:
        """Whether it is a whole month."""
        return len(self.words) == 7

    @property
    def runs(self) -> bool:
        """Whether it is not over: what falls due in the rest of it owes nobody anything yet."""
        return self.now < self.until


def read(words: str, now: datetime) -> Period:
    """A day (2026-11-25) or a month (2026-11), as it stands now. Raises BadPeriod."""
    try:
        month = len(words) == 7
        form = "%Y-%m" if month else "%Y-%m-%d"
        first = datetime.strptime(words, form).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise BadPeriod(words) from error
    if first.year not in YEARS:
        raise BadPeriod(words)
    after = (first + timedelta(days=32)).replace(day=1) if month else first + timedelta(days=1)
    return Period(words, first.astimezone(UTC), after.astimezone(UTC), now)


def month_of(now: datetime) -> Period:
    """The month that a moment lies in."""
    return read(f"{now.astimezone(SHANGHAI):%Y-%m}", now)


def before(period: Period) -> Period | None:
    """The day or month before; None where YEARS begin."""
    last = (period.since - timedelta(hours=1)).astimezone(SHANGHAI)
    if last.year not in YEARS:
        return None
    return read(f"{last:%Y-%m}" if period.is_month else f"{last:%Y-%m-%d}", period.now)
