"""What waits for whom: the inbox and the boards, by danger, then by the time left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation

from xiuhua.city.access import User
from xiuhua.city.alerts import danger, light
from xiuhua.city.alerts import queries as alerts

from .machine import OPEN, WAYS, Actor, Stage, Step, offered
from .models import Case
from .queries import MOST, actor_of, standing_of, visible
from .ways import ASIDE, Way


@dataclass(frozen=True, kw_only=True)
class Task:
    """A case in somebody's inbox: how grave it is, and what this person may do next. `belonging`
    counts the alerts of its storm; `parent` is the alert of the storm that its own belongs to;
    `under` are the tasks that stand beneath it in a list."""

    case: Case
    level: str
    sentence_zh: str
    sentence_en: str
    steps: tuple[Step, ...]
    belonging: int = 0
    parent: str | None = None
    under: tuple[Task, ...] = ()

    @property
    def sentence(self) -> str:
        """Why there is a case, in the reader's language."""
        return self.sentence_en if translation.get_language() == "en" else self.sentence_zh

    @property
    def next(self) -> Step | None:
        """The step that the case waits for from this person, if it does."""
        return next((step for step in self.steps if step not in ASIDE), None)


_FIRST = ("-life_safety", F("due").asc(nulls_first=True), "id")
"""How lists are cut where there are more than `MOST`."""


def inbox(user: User, *, start: int = 0, most: int = MOST) -> list[Task]:
    """What waits for this person, by danger, then by the time left: so many, from there on."""
    actor = actor_of(user)
    own = [WAYS[step] for step in actor.may - ASIDE]
    waits = Q(ended=None, stage__in={s for way in own if not way.quiet for s in _waits_at(way)})
    if Step.REWORK in actor.may:
        waits |= Q(ended=None, stage=Stage.INSPECTED, satisfied=False)
    if Step.WRITE_UP in actor.may:
        waits |= Q(ended=None, write_up_owed=True)
    if {Step.CONTACT, Step.ANSWER, Step.CALL_BACK} & actor.may:
        waits |= Q(ended=None) & ~Q(owes={})
    if Step.UPHOLD in actor.may:
        waits |= Q(appeal_open=True)
    cases = _part(visible(user).filter(waits), start, most)
    return _gathered([task for task in tasks(cases, actor) if task.next])


def _waits_at(way: Way) -> frozenset[Stage]:
    """Where a case waits for this step. What was inspected is looked at again by the way only where
    its reporter is not satisfied."""
    return way.frm & OPEN - ({Stage.INSPECTED} if way.step is Step.REWORK else set())


def calls_beside(user: User) -> list[alerts.Call]:
    """Calls that this person's team has not answered, but for those whose case waits to be taken
    on by the team: to take it on is the answer; and for those to what belongs to a storm that the
    team is called to: that answers for all of it."""
    actor = actor_of(user)
    calls = danger.calls_waiting(actor.team, user.get_username(), now=timezone.now())
    storms = {call.alert_id for call in calls}
    own: set[UUID | None] = set()
    if Step.ACCEPT in actor.may and actor.team:
        to_take_on = Case.objects.filter(stage=Stage.DISPATCHED, team=actor.team, alert__in=storms)
        own = set(to_take_on.values_list("alert", flat=True))
    return [call for call in calls if call.alert_id not in own and call.alert.parent not in storms]


def board(user: User, *, stage: str = "", start: int = 0, most: int = MOST) -> list[Task]:
    """Every open case that this person may see, or those at one stage, sorted as the inbox is: so
    many, from there on."""
    cases = visible(user).filter(ended=None)
    part = _part(cases.filter(stage=stage) if stage else cases, start, most)
    return _gathered(tasks(part, actor_of(user)))


def _part(cases: QuerySet[Case], start: int, most: int) -> QuerySet[Case]:
    """So many of these cases, from there on, in the order of `_urgency`, with all that stands
    beneath them. Of the others only that is read by which they are sorted."""
    if start == 0 and most >= MOST:
        return cases.order_by(*_FIRST)
    every = cases.select_related(None).order_by(*_FIRST)
    rows = list(every.values_list("pk", "alert", "life_safety", "due")[:MOST])
    told = light.standings(alert for _, alert, _, _ in rows if alert)
    storms = {alert for alert, one in told.items() if one.children}
    none = light.Standing("", None, 0)
    tops: list[tuple[tuple[bool, int, bool, float], int, UUID | None]] = []
    under: dict[UUID | None, list[int]] = {}
    for pk, alert, life_safety, due in rows:
        one = told.get(alert, none) if alert else none
        if one.parent in storms:
            under.setdefault(one.parent, []).append(pk)
        else:
            level = one.worst or _level(life_safety=life_safety)
            tops.append((_sorting(level, due, life_safety=life_safety), pk, alert))
    chosen = sorted(tops, key=lambda top: top[0])[start : start + most]
    beneath = [pk for _, _, alert in chosen for pk in under.get(alert, ())]
    return cases.filter(pk__in=[pk for _, pk, _ in chosen] + beneath).order_by(*_FIRST)


def task(user: User, case: Case) -> Task:
    """A case with its danger and the steps offered to this person."""
    return tasks([case], actor_of(user))[0]


def tasks(cases: QuerySet[Case] | list[Case], actor: Actor) -> list[Task]:
    """Cases with their danger and the steps offered to this person, the gravest first."""
    found = list(cases[:MOST])
    told = alerts.briefs(case.alert for case in found if case.alert)
    belonging = alerts.belonging(id_ for id_, alert in told.items() if alert["children"])
    all_tasks = [
        _task(case, told.get(case.alert), belonging.get(case.alert, (0, 0))[0], actor)
        if case.alert
        else _task(case, None, 0, actor)
        for case in found
    ]
    return sorted(all_tasks, key=_urgency)


def _urgency(task: Task) -> tuple[bool, int, bool, float]:
    return _sorting(task.level, task.case.due, life_safety=task.case.life_safety)


def _sorting(
    level: str, due: datetime | None, *, life_safety: bool
) -> tuple[bool, int, bool, float]:
    """A life at risk first, then by danger, then what nobody can date, then the time left at the
    stage where it stands."""
    left = due.timestamp() if due else 0.0
    return not life_safety, -alerts.RANK[level], due is not None, left


def _level(*, life_safety: bool) -> str:
    """How grave a case is that no alert speaks of."""
    return "serious" if life_safety else "warn"


def _gathered(listed: list[Task]) -> list[Task]:
    """The tasks with those of a storm beneath the storm's own, where that is among them."""
    storms = {str(task.case.alert) for task in listed if task.belonging}
    under: dict[str, list[Task]] = {}
    for task in listed:
        if task.parent in storms:
            under.setdefault(str(task.parent), []).append(task)
    return [
        replace(task, under=tuple(under.get(str(task.case.alert), ())))
        for task in listed
        if task.parent not in storms
    ]


def _task(case: Case, alert: dict[str, Any] | None, belonging: int, actor: Actor) -> Task:
    return Task(
        case=case,
        level=alert["worst"] if alert else _level(life_safety=case.life_safety),
        sentence_zh=alert["sentence_zh"] if alert else "",
        sentence_en=alert["sentence_en"] if alert else "",
        steps=offered(standing_of(case, timezone.now()), actor),
        belonging=belonging,
        parent=alert["parent"] if alert else None,
    )
