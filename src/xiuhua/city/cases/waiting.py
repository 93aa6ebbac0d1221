"""What waits for whom: the inbox and the boards, by danger, then by the time left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation

from xiuhua.city.access import User
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.staff import queries as staff

from .machine import OPEN, WAYS, Actor, Step, offered
from .models import Case
from .queries import MOST, actor_of, standing_of, visible
from .ways import ASIDE


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


def inbox(user: User) -> list[Task]:
    """What waits for this person, by danger, then by the time left."""
    actor = actor_of(user)
    own = [WAYS[step] for step in actor.may - ASIDE]
    waits = Q(ended=None, stage__in={s for way in own if not way.quiet for s in way.frm & OPEN})
    if Step.WRITE_UP in actor.may:
        waits |= Q(ended=None, write_up_owed=True)
    if {Step.CONTACT, Step.ANSWER, Step.CALL_BACK} & actor.may:
        waits |= Q(ended=None) & ~Q(owes={})
    if Step.UPHOLD in actor.may:
        waits |= Q(appeal_open=True)
    cases = visible(user).filter(waits).order_by(*_FIRST)
    return _gathered([task for task in tasks(cases, actor) if task.next])


def calls_beside(user: User, listed: Iterable[Task]) -> list[alerts.Call]:
    """Calls that this person's team has not answered, but for those whose case is listed: there,
    to take the case on is the answer; and for those to what belongs to a storm that the team is
    called to: that answers for all of it."""
    every = [each for task in listed for each in (task, *task.under)]
    own = {task.case.alert for task in every if task.next is Step.ACCEPT}
    calls = alerts.unanswered(staff.own_team(user), user.get_username())
    storms = {call.alert_id for call in calls}
    return [call for call in calls if call.alert_id not in own and call.alert.parent not in storms]


def board(user: User, *, stage: str = "") -> list[Task]:
    """Every open case that this person may see, or those at one stage, sorted as the inbox is."""
    cases = visible(user).filter(ended=None).order_by(*_FIRST)
    return _gathered(tasks(cases.filter(stage=stage) if stage else cases, actor_of(user)))


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
    """A life at risk first, then by danger, then what nobody can date, then the time left at the
    stage where it stands."""
    due = task.case.due
    calm = not task.case.life_safety
    return calm, -alerts.RANK[task.level], due is not None, due.timestamp() if due else 0.0


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
        level=alert["worst"] if alert else "serious" if case.life_safety else "warn",
        sentence_zh=alert["sentence_zh"] if alert else "",
        sentence_en=alert["sentence_en"] if alert else "",
        steps=offered(standing_of(case, timezone.now()), actor),
        belonging=belonging,
        parent=alert["parent"] if alert else None,
    )
