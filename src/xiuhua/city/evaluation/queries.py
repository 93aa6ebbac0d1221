"""Every read of the evaluation room: rates by subject, the cases behind a number, reports.
Scores of rules are in `scoring.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet

from xiuhua.city.cases import queries as cases

from .indicators import POSTS, SUBJECTS, Indicator, indicators
from .models import Bulletin, Fact, MonthReport
from .periods import Period

NOBODY = "?"
"""Stands as the key of what is no team's or no person's yet; no account is called so."""

By = str
"""One of SUBJECTS, or one of POSTS: then the subjects are persons."""

Part = Literal["numerator", "denominator", "missing"]


class UnknownSubject(LookupError):
    """Neither a subject nor a post."""


@dataclass(frozen=True)
class Value:
    """A rate: `top` of `bottom`; `spared` is the numerator when exempted cases count as good. The
    rates are None where nothing was due: nobody is judged by a division by zero."""

    top: int
    bottom: int
    spared: int

    @property
    def raw(self) -> float | None:
        """As it happened, 0 to 1."""
        return self.top / self.bottom if self.bottom else None

    @property
    def exempted(self) -> float | None:
        """With what appeals exempted counted as good, 0 to 1."""
        return self.spared / self.bottom if self.bottom else None


EVERY = Q(number__gt="")
"""An empty condition, for databases that want one."""


@dataclass(frozen=True)
class Row:
    """A subject and its rates by indicator; `key` "" is the sum of all subjects, NOBODY what is
    none of theirs yet: the others add up to the sum."""

    key: str
    values: Mapping[str, Value]


def shown(by: By) -> list[Indicator]:
    """The indicators that make sense by that subject: for a post, its own."""
    if by in SUBJECTS:
        return [one for one in indicators().values() if by not in one.not_by]
    return [one for one in indicators().values() if one.post == by]


def table(by: By, period: Period, *, site: str = "") -> list[Row]:
    """All subjects with something to count in the period, after the sum of all of them; what is
    nobody's comes last. Raises UnknownSubject."""
    values: dict[str, dict[str, Value]] = defaultdict(dict)
    for at, same_day in groupby(sorted(shown(by), key=_day), key=_day):
        some = list(same_day)
        counters = _counters(some, period)
        rows = list(_within(at, period, site).values(_column(by)).annotate(**counters))
        sums = {name: sum(row[name] for row in rows) for name in counters}
        values[""] |= _values(some, sums)
        for row in rows:
            values[row[_column(by)] or NOBODY] |= _values(some, row)
    found = [Row(key, rates) for key, rates in values.items() if key and _any(rates)]
    return [Row("", values[""]), *sorted(found, key=lambda row: (row.key == NOBODY, row.key))]


def totals(period: Period) -> Mapping[str, Value]:
    """The rates of the whole neighbourhood in a period."""
    values: dict[str, Value] = {}
    for at, same_day in groupby(sorted(indicators().values(), key=_day), key=_day):
        some = list(same_day)
        values |= _values(some, _within(at, period, "").aggregate(**_counters(some, period)))
    return values


def figures(period: Period) -> Mapping[str, Mapping[str, Value]]:
    """The rates of a period by team and, under "", of the whole neighbourhood."""
    return {row.key: row.values for row in table("team", period)} | {"": totals(period)}


def kept(period: Period) -> MonthReport | None:
    """The report of that month as it was kept, or None."""
    return MonthReport.objects.filter(month=period.words).first()


def behind(
    code: str, by: By, key: str, period: Period, part: Part, *, site: str = ""
) -> QuerySet[Fact]:
    """The cases behind a number, the newest first: those of the numerator, of the denominator, or
    those that are missing from the numerator. Raises KeyError where the indicator is not shown by
    that subject, UnknownSubject."""
    one = {one.code: one for one in shown(by)}[code]
    found = _within(one.bottom.at, period, site).filter(_owed(one, period))
    if key:
        found = found.filter(**{_column(by): "" if key == NOBODY else key})
    if part == "numerator":
        found = found.filter(one.top.q)
    elif part == "missing":
        found = found.exclude(number__in=found.filter(one.top.q).values("number"))
    return found.order_by("-opened", "number")


def _day(one: Indicator) -> str:
    return one.bottom.at


def _column(by: By) -> str:
    if by in SUBJECTS:
        return by
    if by in POSTS:
        return POSTS[by]
    raise UnknownSubject(by)


def _within(at: str, period: Period, site: str) -> QuerySet[Fact]:
    days = {f"{at}__gte": period.since, f"{at}__lt": period.until}
    found = Fact.objects.filter(**days).order_by()
    return found.filter(site=site) if site else found


def _owed(one: Indicator, period: Period) -> Q:
    """What an indicator counts below the line: while the period runs, what is due or done."""
    return one.bottom.by(period.now) if period.runs else one.bottom.q


def _counters(some: Iterable[Indicator], period: Period) -> dict[str, CountOf]:
    counters = {}
    for one in some:
        bottom = _owed(one, period)
        for name, wanted in (
            ("top", bottom & one.top.q), ("bottom", bottom), ("spared", bottom & one.top.spared_q),
        ):  # fmt: skip
            counters[f"{one.code}_n_{name}"] = CountOf("number", filter=wanted or EVERY)
    return counters


def _values(some: Iterable[Indicator], row: Mapping[str, int]) -> dict[str, Value]:
    return {
        one.code: Value(*(row[f"{one.code}_n_{name}"] for name in ("top", "bottom", "spared")))
        for one in some
    }


def _any(rates: Mapping[str, Value]) -> bool:
    return any(value.bottom for value in rates.values())


@dataclass(frozen=True)
class Ranked:
    """How often something occurred."""

    key: str
    count: int


def most_common(column: str, period: Period, most: int = 10) -> list[Ranked]:
    """What was reported most in a period, by that column of the facts."""
    found = _within("opened", period, "").values(column).annotate(n=CountOf("number"))
    return [Ranked(row[column], row["n"]) for row in found.order_by("-n", column)[:most]]


def overdue(now: datetime, most: int = 50) -> list[Fact]:
    """What should have been handled by now and is not, the longest overdue first."""
    found = Fact.objects.filter(handle_due__lt=now, handle_at=None, void=False, suspended=False)
    return list(found.order_by("handle_due", "number")[:most])


def serious(period: Period) -> list[Fact]:
    """What put lives at risk in the period or was called an emergency, in order."""
    called = cases.emergencies(period.since, period.until)
    found = _within("opened", period, "").filter(Q(life_safety=True) | Q(number__in=called))
    return list(found.order_by("opened", "number"))


def reported_up(numbers: Iterable[str]) -> dict[str, Bulletin]:
    """By case, the last report that went up."""
    found = Bulletin.objects.filter(case__in=list(numbers)).order_by("case", "number")
    return {one.case: one for one in found}


def bulletins(case: str) -> list[Bulletin]:
    """The reports of a matter, in order."""
    return list(Bulletin.objects.filter(case=case))


def bulletin(row: int) -> Bulletin | None:
    """One report, or None."""
    return Bulletin.objects.filter(pk=row).first()
