"""Search over all cases: what was asked for, and the cases that fit, the newest first.

Nothing counts every case: a list is cut at its page and goes on from the last one shown, and how
many there are is counted up to `COUNTED`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as Day  # noqa: N812
from typing import TypeVar

from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import StrIndex

from xiuhua.city.access import User
from xiuhua.city.places import queries as places
from xiuhua.epoch import midnight

from .machine import OPEN
from .models import Case, CaseText, Voice
from .opening import NOWHERE
from .queries import did, visible
from .wording import pieces, words

PAGE = 50
COUNTED = 1000
"""How many are found is counted up to here; beyond it is "more than"."""

FEW = 5000
"""So many cases are looked up by their words at most."""

EXPORTED = 5000
"""How many leave the house in one file."""

ALL_OPEN, ALL_ENDED = "open", "ended"
"""Besides the stages themselves."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"(?:(\d{9})-?)?(\d{8})(?:-(\d{1,5}))?")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for; an empty word or None leaves that open. `place` includes all that lies in
    it, `person` handled it or took any step; days are Shanghai's, both included. `reporters` are
    ids of the people room, and never stand in an address."""

    words: str = ""
    case_class: str = ""
    place: str = ""
    stage: str = ""
    source: str = ""
    team: str = ""
    person: str = ""
    since: Day | None = None
    until: Day | None = None
    overdue: bool = False
    life_safety: bool = False
    reporters: frozenset[str] | None = None

    @property
    def only_open(self) -> bool:
        """Whether nothing that has ended can fit."""
        return self.overdue or self.stage == ALL_OPEN or self.stage in OPEN


@dataclass(frozen=True)
class Found:
    """A page of cases, newest first; `more` is where the next page begins, "" where none does;
    `many` how many fit: `exact`, or at least so many."""

    cases: list[Case]
    more: str
    many: int
    exact: bool


def search(user: User, wanted: Wanted, *, now: datetime, after: str = "") -> Found:
    """A page of the cases that this person may see and that fit, on from `after`."""
    fitting, countable = _matching(user, wanted, now)
    page = list(_on_from(fitting, after)[: PAGE + 1])
    more = _mark(page[PAGE - 1]) if len(page) > PAGE else ""
    if countable:
        many = fitting.select_related(None).order_by().values("pk")[: COUNTED + 1].count()
        return Found(page[:PAGE], more, min(many, COUNTED), exact=many <= COUNTED)
    return Found(page[:PAGE], more, len(page[:PAGE]), exact=not (more or after))


def matching(user: User, wanted: Wanted, *, now: datetime) -> QuerySet[Case]:
    """All cases that this person may see and that fit, newest first."""
    found = visible(user).filter(*_conditions(wanted, now)).order_by("-opened", "-id")
    if not wanted.words:
        return found
    numbered = _numbered(wanted.words)
    return found.filter(_said(wanted.words) if numbered is None else numbered)


def _matching(user: User, wanted: Wanted, now: datetime) -> tuple[QuerySet[Case], bool]:
    """The same in the way that gives the first of them soonest, and whether counting is quick.

    Where words are all that is asked, a few cases are looked up by their pieces. Of many the newest
    are met soon by looking at one case after the other: no planner knows which of the two it is,
    for it takes signs that follow each other for independent.
    """
    only_words = wanted == Wanted(words=wanted.words)
    if not wanted.words or not only_words or _numbered(wanted.words) is not None:
        return matching(user, wanted, now=now), True
    found = visible(user).order_by("-opened", "-id")
    few = list(_told(wanted.words).values_list("pk", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return found.filter(pk__in=few), True
    return _holding(found, wanted.words, "text__body"), False


def reporters_of(cases: list[Case]) -> dict[int, list[str]]:
    """By case, the ids of those who reported it and gave a name or number."""
    told = Voice.objects.filter(case__in=[case.pk for case in cases]).exclude(reporter="")
    found: dict[int, list[str]] = {}
    for case, reporter in told.order_by("id").values_list("case", "reporter"):
        found.setdefault(case, []).append(reporter)
    return found


def _conditions(wanted: Wanted, now: datetime) -> list[Q]:
    equal = {
        "case_class": wanted.case_class, "source": wanted.source, "team": wanted.team,
    }  # fmt: skip
    asked = [Q(**{name: value}) for name, value in equal.items() if value]
    if wanted.place:
        asked.append(_at(wanted.place))
    if wanted.stage:
        asked.append(_standing(wanted.stage))
    if wanted.person:
        asked.append(did(wanted.person))
    if wanted.since:
        asked.append(Q(opened__gte=midnight(wanted.since)))
    if wanted.until:
        asked.append(Q(opened__lt=midnight(wanted.until + timedelta(days=1))))
    if wanted.overdue:
        asked.append(Q(ended=None, due__lt=now))
    if wanted.life_safety:
        asked.append(Q(life_safety=True))
    if wanted.reporters is not None:
        told = Voice.objects.filter(reporter__in=wanted.reporters).exclude(reporter="")
        asked.append(Q(id__in=told.values("case")))
    return asked


def _standing(stage: str) -> Q:
    if stage == ALL_OPEN:
        return Q(ended=None)
    if stage == ALL_ENDED:
        return Q(ended__isnull=False)
    return Q(stage=stage, ended=None) if stage in OPEN else Q(stage=stage)


def _at(code: str) -> Q:
    """At a place or in it. A compound is the site of its cases: that is one look into an index."""
    inner = dict(places.within(code).values_list("code", "site")) or {code: ""}
    sites = {site for site in places.site_codes() if site in inner}
    rest = [each for each, site in inner.items() if site not in sites]
    return (Q(site__in=sites) | Q(place__in=rest)) if rest else Q(site__in=sites)


def _numbered(text: str) -> Q | None:
    """By its number, with or without the sub-district's, or by a day's numbers; None for words."""
    number = _NUMBER.fullmatch(text.strip())
    if number is None:
        return None
    area, day, count = number.groups()
    areas = [area] if area else [*places.subdistrict_codes(), NOWHERE]
    if count:
        return Q(number__in=[f"{each}-{day}-{int(count):05}" for each in areas])
    any_area = Q()
    for each in areas:
        any_area |= Q(number__startswith=f"{each}-{day}-")
    return any_area


def _said(asked: str) -> Q:
    """Every word stands in what the case is found by."""
    return Q(id__in=_told(asked).values("case"))


def _told(asked: str) -> QuerySet[CaseText]:
    return _holding(CaseText.objects.filter(pieces__has=pieces(asked)), asked, "body")


T = TypeVar("T", bound=Model)


def _holding(found: QuerySet[T], asked: str, text: str) -> QuerySet[T]:
    """Those whose text holds every word. Not by LIKE, which PostgreSQL takes for rare."""
    for n, word in enumerate(words(asked)):
        at = {f"at{n}": StrIndex(text, Value(word))}
        found = found.alias(**at).filter(**{f"at{n}__gt": 0})
    return found


def _on_from(found: QuerySet[Case], after: str) -> QuerySet[Case]:
    """The cases behind the last one shown."""
    at, _, id_ = after.partition("-")
    if not (at.isdecimal() and id_.isdecimal() and len(after) < 40):
        return found
    last = _EPOCH + timedelta(microseconds=int(at))
    return found.filter(Q(opened__lte=last) & (Q(opened__lt=last) | Q(id__lt=int(id_))))


def _mark(case: Case) -> str:
    """Where a case stands in the order, as an address carries it."""
    return f"{(case.opened - _EPOCH) // timedelta(microseconds=1)}-{case.pk}"
