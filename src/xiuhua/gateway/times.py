"""The time of a reading, from the two forms that devices write: epoch milliseconds, RFC 3339."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from xiuhua.engine.records import Millis

from .reasons import Refused

AHEAD_MS = 5 * 60_000
"""How far a reading may be ahead of its arrival."""

OLDEST = 946_684_800_000
"""2000-01-01: a clock that says less has lost its time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = range(10**9, 10**10)


def event_time(value: object, now: Millis, leap: Millis = 0) -> Millis:
    """The moment that a message's `time` names, see `checked`; raises Refused with what is wrong
    with it."""
    if isinstance(value, str):
        return checked(_from_text(value), now, leap)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused("bad_time")
    if value in _SECONDS:
        raise Refused("time_in_seconds")
    return checked(value, now, leap)


def checked(time: Millis, now: Millis, leap: Millis = 0) -> Millis:
    """The time itself, if it is neither lost nor from the future; raises Refused otherwise.

    While `now` is held back because our wall clock is `leap` ahead of it and not believed, a device
    may agree with that clock. Then its reading gets the time of its arrival: whoever is right, a
    fire is heard at once.
    """
    if time < OLDEST:
        raise Refused("time_too_old")
    if time > now + AHEAD_MS:
        if time <= now + leap + AHEAD_MS:
            return now
        if time - now > 10**15:
            raise Refused("bad_time")
        raise Refused("from_the_future", ahead=(time - now) // 1000, limit=AHEAD_MS // 1000)
    return time


def _from_text(text: str) -> Millis:
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise Refused("bad_time") from None
    if moment.tzinfo is None:
        raise Refused("time_without_zone")
    return (moment - _EPOCH) // timedelta(milliseconds=1)
