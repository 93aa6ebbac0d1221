"""Every read of the cases room. Times leave as epoch milliseconds, words in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from math import cos, hypot, radians
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import translation

from xiuhua.city.access import User, may
from xiuhua.city.alerts import judged
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.alerts.queries import millis
from xiuhua.city.staff import queries as staff

from .counting import (
    class_names,
    numbers,
    reported_without_alert,
    source_names,
    with_steps,
)  # fmt: skip
from .history import first_broken
from .machine import OPEN, Stage
from .models import Case, CaseClass, CaseStep, Photo, Standard, Voice
from .models import Stage as StageWords
from .standing import actor_of, standing_of

__all__ = [
    "actor_of", "class_names", "numbers", "reported_without_alert", "source_names", "standing_of",
    "with_steps",
]  # fmt: skip

OPENED_BEHIND = timedelta(days=8)
"""No case is opened longer than this after its alert began: what is held back comes back sooner."""

MOST = 500
"""So many cases a list hands out at most, the gravest first."""


def visible(user: User) -> QuerySet[Case]:
    """The cases that this person may see: the desk all, a team its own and what its people did;
    whoever watches alerts besides what they were called to and what puts a life at risk."""
    cases = Case.objects.select_related("case_class")
    if not may(user, "case.look"):
        return cases.none()
    if may(user, "case.all"):
        return cases
    name, team = user.get_username(), staff.own_team(user)
    if may(user, "alert.look"):  # who takes few steps: looked up once, not case by case
        steps = CaseStep.objects.filter(by=name).exclude(by="").values("case")
        own = Q(id__in=steps) | Q(life_safety=True)
        own |= Q(alert__in=alerts.called_to(team, name))
    else:
        own = did(name)
    return cases.filter(own | Q(team=team) if team else own)


def emergencies(since: datetime, until: datetime) -> set[str]:
    """The numbers of what was opened in that time and somebody called an emergency."""
    found = Case.objects.filter(emergency=True, opened__gte=since, opened__lt=until)
    return set(found.values_list("number", flat=True))


def seen_of(user: User, numbers: Iterable[str]) -> dict[str, Case]:
    """Those of these numbers that this person may see, by number."""
    found = visible(user).filter(number__in=set(numbers))
    return {case.number: case for case in found}


def seen_numbers(user: User, numbers: Iterable[str]) -> set[str]:
    """Those of these numbers whose cases this person may see."""
    wanted = set(numbers)
    if may(user, "case.all"):
        return wanted
    return set(visible(user).filter(number__in=wanted).values_list("number", flat=True))


def seen_alerts(user: User, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these alerts whose cases this person may see."""
    found = visible(user).filter(alert__in=set(ids)).values_list("alert", flat=True)
    return {alert for alert in found if alert}


def did(person: str) -> Q:
    """Cases in which this person took a step. Asked case by case: who works long has many."""
    own = CaseStep.objects.filter(case=OuterRef("pk"), by=person).exclude(by="")
    return Q(Exists(own))


def verdicts(since: datetime | None = None, until: datetime | None = None) -> list[judged.Verdict]:
    """What people found of the alerts that began in that time: false where they said so, true where
    who inspected the case said so. A case of which nobody said it says nothing."""
    true = Case.objects.filter(alert_true=True, alert__isnull=False)
    if since and until:  # a case is opened behind its alert, and not long behind
        true = true.filter(opened__gte=since, opened__lt=until + OPENED_BEHIND)
    confirmed = [id_ for id_ in true.values_list("alert", flat=True) if id_]
    return judged.verdicts(confirmed=confirmed, since=since, until=until)


def seen_case(user: User, number: str) -> Case:
    """The case of that number; raises `Case.DoesNotExist` where there is none for this person."""
    return visible(user).get(number=number)


def of_alert(user: User, alert: UUID) -> Case | None:
    """The case of an alert, if there is one that this person may see: its own, else that of the
    storm that it belongs to."""
    own = visible(user).filter(alert=alert).first()
    told = None if own else alerts.alert(alert)
    return visible(user).filter(alert=told.parent).first() if told and told.parent else own


def history(case: Case) -> list[CaseStep]:
    """Every step taken, with its photos, in order."""
    return list(case.steps.order_by("seq").prefetch_related("photos"))


def broken_step(case: Case, steps: Iterable[CaseStep]) -> int | None:
    """The first step of the history that was tampered with; None where it is whole."""
    found = list(steps)
    cut = found[-1].to != case.stage if found else True
    return first_broken(found, case.number) or (len(found) + 1 if cut else None)


def voices(case: Case) -> list[Voice]:
    """Everybody who reported the matter, those of the cases merged into it too, in order."""
    ids = [case.pk, *case.merged.values_list("pk", flat=True)]
    told = Voice.objects.filter(case__in=ids)
    return list(told.select_related("case").order_by("at", "id"))


def classes() -> list[CaseClass]:
    """The classes of case, events before components, in the order of their numbers."""
    return list(CaseClass.objects.order_by("-sort", "number", "code"))


def standards(case_class: str, *, by_alert: bool) -> list[Standard]:
    """The rows by which a case of that class may be filed. The row of its alerts is for alerts, and
    for what people report only where there is no other."""
    rows = list(Standard.objects.filter(case_class=case_class, active=True).order_by("code"))
    told = [row for row in rows if row.code != alert_row(case_class)]
    return rows if by_alert or not told else told


def alert_row(case_class: str) -> str:
    """The code of the row by which alerts of a class are filed."""
    return f"{case_class}-0"


def standard_rows(words: str = "") -> list[Standard]:
    """The whole standard, or the rows in whose class, number or condition the words are found."""
    rows = Standard.objects.select_related("case_class")
    if words:
        columns = ("code", "condition_zh", "condition_en", "case_class__zh", "case_class__en",
                   "case_class__number")  # fmt: skip
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": words})
        rows = rows.filter(anywhere)
    return list(rows.order_by("-case_class__sort", "case_class__number", "code"))


def with_photos(cases: Iterable[Case]) -> list[tuple[Case, list[Photo]]]:
    """Cases with the first photos of each, to be looked at side by side."""
    return [(case, list(Photo.objects.filter(step__case=case)[:2])) for case in cases]


SIMILAR_WITHIN_M = 50
SIMILAR_WITHIN = timedelta(hours=24)
_METRES_A_DEGREE = 111_320


def similar(case: Case) -> list[Case]:
    """Cases of the same class that began within a day of this one and stand within 50 m of it, or
    at the same place where there is no spot: perhaps the same matter. Void ones are left out, and
    those that are merged already."""
    near = Q(place=case.place) if case.place else Q(pk=None)
    if case.lon is not None and case.lat is not None:
        dy = SIMILAR_WITHIN_M / _METRES_A_DEGREE
        dx = dy / max(cos(radians(case.lat)), 0.01)
        lon, lat = (case.lon - dx, case.lon + dx), (case.lat - dy, case.lat + dy)
        near |= Q(lon__range=lon, lat__range=lat)
    found = (
        Case.objects.filter(near, case_class=case.case_class_id)
        .filter(opened__range=(case.opened - SIMILAR_WITHIN, case.opened + SIMILAR_WITHIN))
        .exclude(pk=case.pk)
        .exclude(stage__in=[Stage.VOID, Stage.MERGED])
        .select_related("case_class")
        .order_by("-opened", "-id")[:MOST]
    )
    return [one for one in found if _apart_m(case, one) <= SIMILAR_WITHIN_M]


def _apart_m(one: Case, other: Case) -> float:
    """Metres between two cases; none where either has no spot, for then they share a place."""
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return 0.0
    dy = (one.lat - other.lat) * _METRES_A_DEGREE
    dx = (one.lon - other.lon) * _METRES_A_DEGREE * cos(radians(one.lat))
    return hypot(dx, dy)


def briefs(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Cases as lists, pages and the change feed show them, ready for JSON."""
    found = list(cases)
    teams = {team.code: team for team in staff.teams()}
    people = staff.members(case.handler for case in found if case.handler)
    return [_brief(case, teams.get(case.team), people.get(case.handler)) for case in found]


def brief(case: Case) -> dict[str, Any]:
    """One case as `briefs` shows it."""
    return briefs([case])[0]


def _brief(case: Case, team: staff.Team | None, handler: staff.Member | None) -> dict[str, Any]:
    return {
        "number": case.number,
        "alert": str(case.alert) if case.alert else None,
        "case_class": case.case_class_id,
        "zh": case.zh,
        "en": case.en,
        "place": case.place,
        "site": case.site,
        "device": case.device,
        "stage": case.stage,
        **stage_words(case.stage),
        "version": case.version,
        "team": case.team,
        "team_zh": team.zh if team else "",
        "team_en": team.en if team else "",
        "handler_zh": handler.zh if handler else "",
        "handler_en": handler.en if handler else "",
        "life_safety": case.life_safety,
        "write_up_owed": case.write_up_owed,
        "source": case.source,
        "hold": case.hold,
        "opened": millis(case.opened),
        "due": millis(case.due),
        "ended": millis(case.ended),
    }


@cache
def stage_words(stage: str) -> dict[str, str]:
    """The name of a stage in both languages."""
    words = {}
    for key, language in (("stage_zh", "zh-hans"), ("stage_en", "en")):
        with translation.override(language):
            words[key] = str(StageWords(stage).label)
    return words


def stage_label(stage: str) -> str:
    """The name of a stage in the reader's language."""
    return str(StageWords(stage).label)


def photo(user: User, id_: int) -> Photo | None:
    """The photo of that id, if this person may see its case."""
    return Photo.objects.filter(id=id_, step__case__in=visible(user)).first()


def shown_photos(steps: Iterable[CaseStep]) -> dict[str, list[Photo]]:
    """The photos of these steps, those from before the handling and those from after it."""
    every = [photo for step in steps for photo in step.photos.all()]
    return {shows: [photo for photo in every if photo.shows == shows] for shows in Photo.Shows}


def for_alerts(ids: Iterable[UUID | str]) -> dict[str, dict[str, Any]]:
    """The cases of these alerts, by the alert's id as text; alerts without one are left out."""
    cases = Case.objects.filter(alert__in=set(ids))
    return {found["alert"]: found for found in briefs(cases)}


def counts(now: datetime) -> dict[str, int]:
    """How many cases are open, how many of them overdue, how many owe their write-up."""
    return Case.objects.filter(ended=None).aggregate(
        open=Count("id"),
        overdue=Count("id", filter=Q(due__lt=now)),
        write_up_owed=Count("id", filter=Q(write_up_owed=True)),
    )


def by_stage(user: User) -> dict[str, int]:
    """How many open cases that this person may see wait at each stage, in the loop's order."""
    found = visible(user).filter(ended=None).values_list("stage").annotate(n=Count("id"))
    numbers = dict(found.order_by())
    return {stage: numbers.get(stage, 0) for stage in Stage if stage in OPEN}
