"""A period in words, 2026-11-25 or 2026-11, as a span of moments; days are Shanghai's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xiuhua.epoch import SHANGHAI


class BadPeriod(ValueError):
    """The words are neither a day nor a month."""


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
        if len(words) == 7:
            first = datetime.strptime(words, "%Y-%m").replace(tzinfo=SHANGHAI)
            after = (first + timedelta(days=32)).replace(day=1)
        else:
            first = datetime.strptime(words, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
            after = first + timedelta(days=1)
    except ValueError as error:
        raise BadPeriod(words) from error
    return Period(words, first.astimezone(UTC), after.astimezone(UTC), now)


def month_of(now: datetime) -> Period:
    """The month that a moment lies in."""
    return read(f"{now.astimezone(SHANGHAI):%Y-%m}", now)


def before(period: Period) -> Period:
    """The day or month before."""
    last = (period.since - timedelta(hours=1)).astimezone(SHANGHAI)
    return read(f"{last:%Y-%m}" if period.is_month else f"{last:%Y-%m-%d}", period.now)
