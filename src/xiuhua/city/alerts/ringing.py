"""Ringing those who were called because a life may be at risk: every callee at once, each along
their own chain of telephones until somebody answers.

The clock runs `ring` twice a second. For each call that is due it settles the ring before, finds
the next telephone and hands it to the voice gateway; the gateway tells `heard` how it went. To
press 1 means "on my way" and ends the chain; of a family, or of 119, to have answered is enough.
A number lies in no row of this room: only whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from xiuhua.city.people import family
from xiuhua.city.staff import queries as staff

from . import channels, danger, telling
from .models import RESCUE, AlertStep, Call, Ring
from .rescue import words_for_rescue
from .voice import Gateway

PATIENCE = timedelta(seconds=45)
"""So long a telephone may ring, and whoever answers may listen, before the next one is rung."""
AGAIN = timedelta(seconds=5)
"""After this a telephone is tried again that no gateway would take."""
TRIES = 3
"""So often one telephone is handed over before the next one's turn comes."""
BATCH = 100

log = structlog.get_logger()


class _Order(NamedTuple):
    ring: Ring
    number: str
    say: str


class _Line(NamedTuple):
    """A telephone of a chain: whose, as `Ring.who` keeps it, and how it is dialled; "": ask."""

    who: str
    number: str


def ring(now: datetime) -> int:
    """Take every chain that is due one telephone further; returns how many rang."""
    if not Call.objects.filter(ring_at__lte=now).exists():
        return 0
    ways = channels.gateways()
    due = Call.objects.filter(ring_at__lte=now).order_by("ring_at", "id")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    orders = [order for pk in ids if (order := _further(pk, now, ways))]
    if not orders:
        return 0
    with ThreadPoolExecutor(max_workers=16, thread_name_prefix="ring") as pool:
        taken = list(pool.map(lambda order: _hand_over(order, ways, now), orders))
    for order, way in zip(orders, taken, strict=True):
        _handed_over(order.ring, way, now)
    return sum(way is not None for way in taken)


def _hand_over(order: _Order, ways: Sequence[Gateway], now: datetime) -> Gateway | None:
    """Runs beside the others and touches no database: the first gateway that takes the order."""
    wanted = {
        "id": str(order.ring.id), "do": "call", "to": order.number, "say": order.say,
        "language": settings.LANGUAGE_CODE, "keys": ["1"], "seconds": PATIENCE.seconds - 15,
        "callback": f"{settings.PUBLIC_URL}/alerts/voice/" if settings.PUBLIC_URL else "",
    }  # fmt: skip
    return next((way for way in ways if way.ask(wanted, now)), None)


@transaction.atomic
def _handed_over(row: Ring, way: Gateway | None, now: datetime) -> None:
    """Write down whether a gateway took it. It may have told more of it in the meantime."""
    if way is not None:
        channels.note_key(way.key, through=True, now=now)
        Ring.objects.filter(pk=row.pk).update(channel=way.key)
        Ring.objects.filter(pk=row.pk, state=Ring.State.WAITING).update(state=Ring.State.PLACED)
        return
    for each in channels.gateways():
        channels.note_key(each.key, through=False, now=now)
    failed = Ring.objects.filter(pk=row.pk, state=Ring.State.WAITING)
    if failed.update(state=Ring.State.FAILED, ended=now):
        Call.objects.filter(pk=row.call_id, ring_at__gt=now).update(ring_at=now + AGAIN)


@transaction.atomic
def _further(pk: int, now: datetime, ways: Sequence[Gateway]) -> _Order | None:
    locked = Call.objects.select_for_update(of=("self",)).select_related("alert")
    call = locked.filter(pk=pk, ring_at__lte=now).first()
    if call is None:
        return None  # another clock was first
    _give_up_waiting(call, now)
    wanted = call.answered is None and danger.goes_on(call.alert, now)
    line = _next(call, now) if ways and wanted else None
    call.ring_at = now + PATIENCE if line else None
    order = None
    if line:
        number = line.number or family.number(line.who, alert=str(call.alert_id), now=now)
        made = Ring.objects.create(call=call, who=line.who, at=now)
        if number:
            order = _Order(made, number, _say(call))
        else:
            Ring.objects.filter(pk=made.pk).update(state=Ring.State.UNREACHED, ended=now)
            call.ring_at = now
    elif wanted:
        _in_vain(call, now)
    call.save(update_fields=["ring_at", "outcome"])
    return order


def _give_up_waiting(call: Call, now: datetime) -> None:
    """What nobody told more of: a gateway that took it did not reach them; one that was never
    handed over for sure is tried again."""
    states = Ring.State
    rings = Ring.objects.filter(call=call)
    rings.filter(state=states.WAITING).update(state=states.FAILED, ended=now)
    rings.filter(state__in=(states.PLACED, states.RINGING)).update(
        state=states.UNREACHED, ended=now
    )


def _next(call: Call, now: datetime) -> _Line | None:
    """The next telephone of the call's chain: nobody is rung twice for one alert, whichever of its
    calls they stand in."""
    rung: dict[str, list[str]] = {}
    for who, state in Ring.objects.filter(call__alert=call.alert_id).values_list("who", "state"):
        rung.setdefault(who, []).append(state)
    for line in _chain(call, now):
        states = rung.get(line.who, [])
        if states.count(Ring.State.FAILED) == len(states) < TRIES:
            return line
    return None


def _chain(call: Call, now: datetime) -> list[_Line]:
    if call.outside == RESCUE:
        return [_Line(RESCUE, settings.RESCUE_NUMBER)] if settings.RESCUE_NUMBER else []
    if call.outside:
        return [_Line(who, "") for who in family.lines(call.outside)]
    if call.person:
        return [_Line(f"p:{line.who}", line.phone) for line in staff.lines_of_member(call.person)]
    return [
        _Line(f"p:{line.who}" if line.who else f"t:{call.team}", line.phone)
        for line in staff.lines_of_team(call.team, now)
    ]


def _in_vain(call: Call, now: datetime) -> None:
    """The chain is at its end and nobody answered. Who is outside the house has no other way."""
    if call.outside and call.outcome == Call.Outcome.WAITING:
        call.outcome = Call.Outcome.FAILED
        log.error("call.not_reached", call=call.pk)
        if call.outside != RESCUE and call.rings.exists():
            _record(call, "family-silent", now)
        telling.tell_call(call)
    telling.hurry(call, now)


def _record(call: Call, what: str, now: datetime) -> None:
    AlertStep.objects.create(alert=call.alert, what="safety", at=now, data={"record": what})


def _say(call: Call) -> str:
    """What the callee hears."""
    with translation.override(settings.LANGUAGE_CODE):
        if call.outside == RESCUE:
            return words_for_rescue(call.alert)
        title, text = telling.spoken(call)
        if call.outside:
            return f"{title}。{text}"
        return f"{title}。{text} {_('Press 1 if you are on your way.')}"


class Told(NamedTuple):
    """What a gateway tells of a call: how it stands now, and the key that was pressed."""

    id: UUID
    state: str
    key: str = ""


ENDS = frozenset({"busy", "no-answer", "rejected", "hung-up", "failed"})
STATES = ENDS | {"ringing", "answered", "pressed"}
"""All that a gateway may tell."""


@transaction.atomic
def heard(told: Told, now: datetime) -> bool:
    """Write down what a gateway tells, in whatever order it comes, once or twice. Returns whether
    the ring is known."""
    call_of = Ring.objects.filter(pk=told.id).values_list("call", flat=True).first()
    if call_of is None:
        return False
    call = Call.objects.select_for_update(of=("self",)).select_related("alert").get(pk=call_of)
    row = Ring.objects.select_for_update().get(pk=told.id)
    states = Ring.State
    if told.state == "pressed" and told.key == "1":
        _answer(call, row, states.PRESSED, now)
    elif told.state == "answered" and row.state != states.PRESSED:
        _answer(call, row, states.ANSWERED, now)
    elif told.state == "ringing" and row.state in {states.WAITING, states.PLACED}:
        row.state = states.RINGING
    elif told.state in ENDS and row.ended is None:
        row.ended = now
        if row.state not in {states.ANSWERED, states.PRESSED}:
            row.state = states.UNREACHED
        newest = call.rings.order_by("-at", "-pk").values_list("pk", flat=True).first()
        if call.ring_at is not None and newest == row.pk:
            call.ring_at = now
    row.save()
    call.save()
    return True


def _answer(call: Call, row: Ring, state: Ring.State, now: datetime) -> None:
    row.state, row.answered = state, row.answered or now
    if call.outcome != Call.Outcome.TOLD:
        call.outcome, call.told = Call.Outcome.TOLD, now
    enough = state == Ring.State.PRESSED or bool(call.outside)
    if enough and call.answered is None:
        call.answered, call.answered_by, call.ring_at = now, answerer(row), None
        if call.outside:
            _record(call, "rescue-called" if call.outside == RESCUE else "family-reached", now)
    telling.tell_call(call)


def answerer(row: Ring) -> str:
    """Who answered, as a call keeps it: an account, or "" for a post, a family or 119."""
    sort, _, key = row.who.partition(":")
    return key if sort == "p" else ""


def shown(calls: Sequence[Call]) -> dict[int, list[Any]]:
    """By call, its rings in order."""
    found: dict[int, list[Any]] = {}
    for row in Ring.objects.filter(call__in=list(calls)):
        found.setdefault(row.call_id, []).append(row)
    return found
