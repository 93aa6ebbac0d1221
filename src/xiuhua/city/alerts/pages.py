"""One alert: why, since when, who was told; seen, false, answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.devices import queries as devices
from xiuhua.city.people.queries import NoReason
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff
from xiuhua.engine.rules import Rule
from xiuhua.epoch import SHANGHAI

from . import (
    commands,
    danger,
    desk,
    doing,
    incidents,
    looking,
    queries,
    readings,
    ringing,
    safety,
    telling,
    where,
)
from .models import RESCUE, Alert, Call, Ring
from .rescue import automatic, words_for_rescue

AROUND = timedelta(minutes=30)
"""How much of the readings before and after an alert its chart shows."""


@needs("case.look")
def alert(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """The alert's page."""
    return _page(request, _seen(request, id))


@needs("case.look")
@require_POST
def look(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Say why one looks at what an alert in a home rests on."""
    found = _seen(request, id)
    try:
        looking.note(request, found, why=request.POST.get("reason", ""), now=timezone.now())
    except NoReason:
        messages.error(request, _("Please say why you look; nothing was shown."))
    return redirect("alerts:alert", id=id)


@needs("alert.ack")
@require_POST
def acknowledge(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Say: I have seen it, I follow it."""
    _seen(request, id)
    name, team = request.user.get_username(), staff.own_team(request.user)
    commands.acknowledge(id, by=name, team=team, now=timezone.now())
    return desk.back(request, id)


@needs("alert.false")
@require_POST
def false_alarm(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Say that it was a false alarm, and why."""
    found = _seen(request, id)
    reason = request.POST.get("reason", "")
    try:
        commands.false_alarm(id, by=request.user.get_username(), reason=reason, now=timezone.now())
    except commands.ReasonMissing:
        messages.error(request, _("Please say why it was a false alarm; nothing has changed."))
        return _page(request, found, status=422)
    except commands.SecondPerson:
        messages.error(request, danger.SECOND_PERSON)
        return _page(request, found, status=409)
    return desk.back(request, id)


@needs("case.look")
@require_POST
def answer(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Say for one's own team: we have heard, we go."""
    _seen(request, id)
    name, team = request.user.get_username(), staff.own_team(request.user)
    try:
        commands.answer_call(id, team=team, by=name, now=timezone.now())
    except commands.NotCalled as not_called:
        raise Http404 from not_called
    messages.success(request, _("Your answer is recorded. The command centre can see it."))
    return desk.back(request, id)


def _seen(request: HttpRequest, id_: UUID) -> Alert:
    found = queries.alert(id_) if queries.may_see(request.user, id_) else None
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, alert: Alert, status: int = 200) -> HttpResponse:
    now = timezone.now()
    calls = queries.calls(alert.id)
    own = staff.own_team(request.user)
    may_acknowledge = alert.acknowledged is None and may(request.user, "alert.ack")
    name = request.user.get_username()
    mine = [call for call in calls if call.person == name or (call.team and call.team == own)]
    called = any(call.answered is None for call in mine)
    telling.opened(mine, now)
    rule = rules.rule(alert.rule, alert.version) if alert.rule else None
    values = alert.evidence.get("values", {})
    shows = looking.may_see(request, alert, called=bool(mine), now=now)
    steps = queries.steps(alert.id)
    wanted = danger.goes_on(alert, now)
    shown = {
        "alert": alert,
        "now": now,
        "place": where.label(alert),
        "wanted": wanted,
        "cleared_alone": wanted and alert.cleared is not None,
        "numbers": list(readings.numbers(rule, values)) if rule and shows else [],
        "must_say_why": not shows,
        "belonging": queries.placed(queries.children_of(alert.id)),
        "parent": _parent(request, alert),
        "chart": _chart(alert, rule, now) if rule else None,
        "changes": queries.changes(alert.id),
        "calls": list(_told(calls)),
        "may_answer": called and not may_acknowledge,  # to acknowledge answers too
        "may_acknowledge": may_acknowledge,
        "may_call_false": alert.false is None and may(request.user, "alert.false"),
        "wishes": [] if alert.false else danger.wishes(alert),
        "one_is_enough": danger.may_be_false(alert),
        "may_list": may(request.user, "alert.look"),
        "may_look_at_devices": may(request.user, "device.look"),
        "may_look_at_rules": may(request.user, "rules.look"),
        "household": _household(request, alert),
        "done": doing.done(steps),
        "further": _further(alert, wanted=wanted),
        "safety": _safety(request, alert, wanted=wanted) if alert.life_safety else None,
        "incident": _incident(request, alert),
        "may_hold": may(request.user, "alert.hold"),
        "hold_choices": desk.UNTIL.items(),
        "people": staff.members({alert.acknowledged_by, alert.false_by, *(s.by for s in steps)}),
        "default_cloth": "paper",
    }
    return render(request, "alerts/alert.html", shown, status=status)


def _further(alert: Alert, *, wanted: bool) -> dict[str, Any] | None:
    """When it calls further if nobody answers, or that nobody has."""
    step = queries.escalation(alert.id)
    if step is None or alert.held or step.ended in {"answered", "over"}:
        return None
    if step.ended:
        words = _("Everybody was called and nobody has answered. Ring them.")
        return {"unanswered": True, "words": words}
    if not wanted:
        return None
    at = timezone.localtime(step.due, SHANGHAI)
    return {
        "unanswered": False,
        "words": _("If nobody answers, it calls further at %(at)s.") % {"at": f"{at:%H:%M:%S}"},
    }


def _safety(request: HttpRequest, alert: Alert, *, wanted: bool) -> dict[str, Any]:
    """What was recorded while acting, and what is asked for next."""
    said = [(s, safety.Record(s.data["record"]).label) for s in safety.recorded(alert.id)]
    owed = safety.owed(alert.id) if wanted else []
    force = may(request.user, "alert.force")
    offered = [w for w in safety.Record if force or w != safety.Record.ENTRY_AUTHORISED]
    return {
        "said": said,
        "may": may(request.user, "alert.safety"),
        "owed": owed,
        "check_owed": len(owed) > 1,
        "all": offered,
        "rescue_words": words_for_rescue(alert) if wanted else "",
        "rescue_rings": automatic(),
    }


def _parent(request: HttpRequest, alert: Alert) -> queries.Placed | None:
    """The storm that the alert belongs to, where there is one that this reader may see."""
    found = queries.alert(alert.parent) if alert.parent else None
    if found is None or not queries.may_see(request.user, found.id):
        return None
    return queries.placed([found])[0]


def _household(request: HttpRequest, alert: Alert) -> str:
    """The flat whose people this reader may reach, or "": in a fire, that comes first."""
    if not may(request.user, "people.contact"):
        return ""
    if not alert.of_device:
        home = places.place(where.spot(alert))
        return home.code if home and home.kind == "flat" else ""
    sensor = devices.one(alert.device)
    return sensor.flat if sensor else ""


def _incident(request: HttpRequest, alert: Alert) -> dict[str, Any]:
    """The matter that it is part of, and what might be added to it."""
    mates = incidents.members(alert.incident_id)
    may_group = may(request.user, "alert.group")
    known = {one.id for one in mates} | {alert.id}
    near = [one for one in queries.up_at(alert.site) if one.id not in known] if may_group else []
    lead = alert.incident.lead if alert.incident else None
    return {
        "members": [(one, one.alert.id == lead) for one in queries.placed(mates)],
        "steps": incidents.steps(alert.incident_id),
        "near": queries.placed(near),
        "may": may_group,
    }


def _chart(alert: Alert, rule: Rule, now: datetime) -> dict[str, Any] | None:
    """What the chart's island shall draw, or None where there is nothing to draw."""
    if alert.children:
        return None
    drawn = readings.drawn(rule, subject=alert.subject, device=alert.device)
    if drawn is None or not drawn[0].chart:
        return None
    kind, device = drawn
    until = min(now, (alert.cleared or now) + AROUND)
    return {"device": device, "field": kind.chart, "since": alert.start - AROUND, "until": until}


def outside_name(outside: str) -> str:
    """Who outside the house is called, in words; "" for nobody."""
    if outside == RESCUE:
        return _("Fire service 119")
    return _("Family of %(home)s") % {"home": places.label(outside)} if outside else ""


def _whose(ring: Ring, people: dict[str, staff.Member]) -> str:
    """Whose telephone was rung; of a family nobody's name."""
    who = ringing.answerer(ring)
    if who:
        return people[who].name if who in people else who
    sorts = {"t": _("the post"), "c": _("family contact"), "r": _("who lives there")}
    return sorts.get(ring.who.partition(":")[0], _("119"))


def _told(calls: list[Call]) -> Iterator[dict[str, Any]]:
    sent, rung = queries.deliveries(calls), ringing.shown(calls)
    rung_people = {ringing.answerer(ring) for rings in rung.values() for ring in rings}
    people = staff.members({call.answered_by for call in calls} | rung_people)
    for call in calls:
        yield {
            "call": call,
            "deliveries": sent.get(call.pk, []),
            "team": staff.team(call.team),
            "by": people.get(call.answered_by),
            "person": staff.member(call.person) if call.person else None,
            "outside": outside_name(call.outside),
            "rings": [(ring, _whose(ring, people)) for ring in rung.get(call.pk, [])],
        }
