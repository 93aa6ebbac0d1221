"""Every read of the evaluation room: rates by subject, the cases behind a number, rules' scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Literal

from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from xiuhua.city.alerts import judged as judged_alerts
from xiuhua.city.cases import queries as cases

from .indicators import POSTS, Indicator, indicators
from .models import Bulletin, Fact
from .periods import Period

SUBJECTS = ("site", "team", "case_class", "source")
"""What can be evaluated besides persons: places, departments, classes, sources."""

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
    """A subject and its rates by indicator; `key` "" is the sum of all subjects."""

    key: str
    values: Mapping[str, Value]


def shown(by: By) -> list[Indicator]:
    """The indicators that make sense by that subject: for a post, its own."""
    return [one for one in indicators().values() if by in SUBJECTS or one.post == by]


def table(by: By, period: Period, *, site: str = "") -> list[Row]:
    """All subjects with something to count in the period, after the sum of all of them. Raises
    UnknownSubject."""
    values: dict[str, dict[str, Value]] = defaultdict(dict)
    for at, same_day in groupby(sorted(shown(by), key=_day), key=_day):
        some = list(same_day)
        counters = _counters(some)
        rows = list(_within(at, period, site).values(_column(by)).annotate(**counters))
        sums = {name: sum(row[name] for row in rows) for name in counters}
        values[""] |= _values(some, sums)
        for row in rows:
            if key := row[_column(by)]:
                values[key] |= _values(some, row)
    found = [Row(key, rates) for key, rates in values.items() if key and _any(rates)]
    return [Row("", values[""]), *sorted(found, key=lambda row: row.key)]


def totals(period: Period) -> Mapping[str, Value]:
    """The rates of the whole neighbourhood in a period."""
    values: dict[str, Value] = {}
    for at, same_day in groupby(sorted(shown("team"), key=_day), key=_day):
        some = list(same_day)
        values |= _values(some, _within(at, period, "").aggregate(**_counters(some)))
    return values


def behind(
    code: str, by: By, key: str, period: Period, part: Part, *, site: str = ""
) -> QuerySet[Fact]:
    """The cases behind a number, the newest first: those of the numerator, of the denominator, or
    those that are missing from the numerator. Raises KeyError, UnknownSubject."""
    one = indicators()[code]
    found = _within(one.bottom.at, period, site).filter(one.bottom.q)
    if key:
        found = found.filter(**{_column(by): key})
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


def _counters(some: Iterable[Indicator]) -> dict[str, CountOf]:
    counters = {}
    for one in some:
        bottom = one.bottom.q
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


@dataclass(frozen=True)
class Score:
    """How a rule did, by what people found: true and false alerts, those nobody has judged, what
    residents and patrols reported of its class without an alert of it, and how long (seconds,
    median) true alerts had been up before the desk saw them."""

    rule: str
    zh: str
    en: str
    true: int
    false: int
    missed: int
    seen_after: float | None

    @property
    def name(self) -> str:
        """The rule's name in the reader's language."""
        return self.en if get_language() == "en" else self.zh

    @property
    def precision(self) -> float | None:
        """True among the judged, None where none was."""
        judged = self.true + self.false
        return self.true / judged if judged else None

    @property
    def recall(self) -> float | None:
        """True among true and missed, None where there was nothing to find."""
        there = self.true + self.missed
        return self.true / there if there else None


def scores(period: Period) -> list[Score]:
    """Every rule with a verdict in the period, the least precise first."""
    judged = defaultdict(list)
    for one in cases.verdicts(period.since, period.until):
        judged[one.rule].append(one)
    missed = cases.reported_without_alert(period.since, period.until)
    seen = judged_alerts.seen_after(period.since, period.until)
    classes = judged_alerts.classes_of_rules(judged)
    found = [
        Score(
            rule=rule,
            zh=verdicts[-1].zh,
            en=verdicts[-1].en,
            true=sum(one.true for one in verdicts),
            false=sum(not one.true for one in verdicts),
            missed=missed.get(classes.get(rule, ""), 0),
            seen_after=median(seen[rule]) if seen.get(rule) else None,
        )
        for rule, verdicts in judged.items()
    ]
    return sorted(found, key=lambda score: (score.precision or 0.0, score.rule))


def bulletins(case: str) -> list[Bulletin]:
    """The reports of a matter, in order."""
    return list(Bulletin.objects.filter(case=case))


def bulletin(row: int) -> Bulletin | None:
    """One report, or None."""
    return Bulletin.objects.filter(pk=row).first()
