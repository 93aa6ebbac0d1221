"""Alerts at /api/alerts/. A refusal is a problem with its sentence in both languages."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from xiuhua.city.access import asks, by_owner
from xiuhua.city.problems import Problem, problem
from xiuhua.city.staff import queries as staff

from . import commands, danger, queries

router = Router(tags=["alerts"])
Level = Literal["warn", "serious", "critical"]
Answer = dict[str, Any] | HttpResponse


class AlertOut(Schema):
    """An alert. Times are epoch milliseconds; `false` is when it was found to be a false one.
    `subject` is a device's id or a place's code; `device` says where to look either way. `parent`
    is the storm that it belongs to, and a storm's own alert has `children`."""

    id: UUID
    seq: int
    rule: str
    version: int
    zh: str
    en: str
    life_safety: bool
    health: bool
    case_class: str
    subject: str
    device: str
    place: str
    site: str
    parent: UUID | None
    children: int
    level: Level
    worst: Level
    status: Literal["raised", "cleared"]
    start: int
    changed: int
    cleared: int | None
    sentence_zh: str
    sentence_en: str
    acknowledged: int | None
    acknowledged_by: str
    false: int | None
    held: str
    held_until: int | None


class ChangeOut(Schema):
    seq: int
    what: Literal["raised", "level", "joined", "grown", "cleared"]
    level: Level
    time: int
    position: int
    zh: str
    en: str
    evidence: dict[str, Any]


class CallOut(Schema):
    """Who was called: `told` by the channels of the house or by opening it, `answered` by who was
    called; what is only `shown` stands on the page and was sent to nobody. `outside` is 119, or the
    flat of a family."""

    team: str
    outside: str
    level: Level
    created: int
    told: int | None
    answered: int | None
    answered_by: str
    channel: str
    outcome: Literal["waiting", "shown", "told", "failed"]


class AlertDetail(AlertOut):
    """With all that was told of it; `belonging` are the alerts of a storm."""

    belonging: list[AlertOut]
    changes: list[ChangeOut]
    calls: list[CallOut]


class Reason(Schema):
    reason: str


@router.get("/", response={200: list[AlertOut], 403: Problem})
@asks("alert.look")
def current(
    request: HttpRequest,  # noqa: ARG001
    site: str = "",
    children: bool = False,
) -> list[dict[str, Any]]:
    """What is raised now, by danger, then the longest waiting first: a storm once, unless its
    children are asked for too."""
    return queries.current(site=site, children=children)


@router.get("/{id}", response={200: AlertDetail, 404: Problem})
@by_owner("the desk, and whoever was called")
def one(request: HttpRequest, id: UUID) -> Answer:  # noqa: A002
    """An alert with its changes and its calls."""
    return _detail(id) if queries.may_see(request.user, id) else _unknown()


@router.post("/{id}/acknowledge", response={200: AlertDetail, 403: Problem, 404: Problem})
@asks("alert.ack")
def acknowledge(request: HttpRequest, id: UUID) -> Answer:  # noqa: A002
    """Say: I have seen it. Who was first stays first; it answers one's own team's call too."""
    if queries.alert(id) is None:
        return _unknown()
    by, team = request.user.get_username(), staff.own_team(request.user)
    commands.acknowledge(id, by=by, team=team, now=timezone.now())
    return _detail(id)


@router.post(
    "/{id}/false-alarm",
    response={200: AlertDetail, 403: Problem, 404: Problem, 409: Problem, 422: Problem},
)
@asks("alert.false")
def false_alarm(request: HttpRequest, id: UUID, body: Reason) -> Answer:  # noqa: A002
    """Say that it was a false alarm, and why. Of a risk to life where nobody was there and no
    telephone check found nothing, this is the first of two people: 409, and a second one's makes it
    one."""
    if queries.alert(id) is None:
        return _unknown()
    by, now = request.user.get_username(), timezone.now()
    try:
        commands.false_alarm(id, by=by, reason=body.reason, now=now)
    except commands.ReasonMissing:
        return problem(422, "reason_missing", _("Please say why it was a false alarm."))
    except commands.SecondPerson:
        return problem(409, "second_person", danger.SECOND_PERSON)
    return _detail(id)


@router.post("/{id}/answer", response={200: CallOut, 404: Problem})
@by_owner("whoever was called")
def answer(request: HttpRequest, id: UUID) -> Answer:  # noqa: A002
    """Answer the call for one's own team. The first answer stands."""
    team = staff.own_team(request.user)
    by, now = request.user.get_username(), timezone.now()
    try:
        return _call(commands.answer_call(id, team=team, by=by, now=now))
    except commands.NotCalled:
        return problem(404, "not_called", _("Your team was not called because of this alert."))


def _detail(id_: UUID) -> Answer:
    found = queries.alert(id_)
    if found is None:
        return _unknown()
    return {
        **queries.brief(found),
        "belonging": [queries.brief(child) for child in queries.children_of(id_)],
        "changes": [_change(change) for change in queries.changes(id_)],
        "calls": [_call(call) for call in queries.calls(id_)],
    }


def _change(change: queries.AlertChange) -> dict[str, Any]:
    names = ("seq", "what", "level", "position", "zh", "en", "evidence")
    row = {name: getattr(change, name) for name in names}
    return {**row, "time": queries.millis(change.time)}


def _call(call: queries.Call) -> dict[str, Any]:
    words = ("team", "outside", "level", "answered_by", "channel", "outcome")
    times = ("created", "told", "answered")
    return {name: getattr(call, name) for name in words} | {
        name: queries.millis(getattr(call, name)) for name in times
    }


def _unknown() -> HttpResponse:
    return problem(404, "unknown", _("There is no such alert for you."))
