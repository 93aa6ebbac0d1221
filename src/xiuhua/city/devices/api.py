"""Devices at /api/devices/, for people who may look at them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError

from xiuhua.city.access import asks
from xiuhua.city.people.queries import NoReason
from xiuhua.epoch import now_ms
from xiuhua.history.errors import PartDamaged, PartMissing

from . import looking, orders, queries, readings
from .models import Command

router = Router(tags=["devices"])

LONGEST = 92 * 86_400_000
"""Longest span of one series, ms: a quarter."""

LATEST = 4_102_444_800_000
"""The year 2100, ms: nobody asks for what is later."""


Reason = Annotated[
    str,
    Query(
        max_length=looking.LONGEST_REASON,
        description="Why, for devices in homes and of kinds about people: an alert's or a case's"
        " number. The look is recorded; no names here, for addresses end up in logs.",
    ),
]


class StateOut(Schema):
    id: str
    kind: str
    site: str
    lon: float
    lat: float
    level: str
    arrival: int


class DeviceOut(Schema):
    id: str
    kind: str
    site: str
    place: str
    building: str
    flat: str
    lon: float
    lat: float
    tags: list[str]
    params: dict[str, float]
    zh: str
    en: str
    level: str
    time: int
    arrival: int
    reading: dict[str, float | bool | str | None]


class SeriesOut(Schema):
    device: str
    field: str
    time: list[int]
    value: list[float]
    low: list[float]
    high: list[float]
    gaps: list[tuple[int, int]]


@router.get("/", response=list[StateOut])
@asks("device.look")
def states(request: HttpRequest) -> list[queries.State]:  # noqa: ARG001
    """Every device in service and how it stands."""
    return queries.states()


@router.get("/{device}", response=DeviceOut)
@asks("device.look")
def one(
    request: HttpRequest,
    device: str,
    at: Annotated[int | None, Query(ge=0, le=LATEST)] = None,
    reason: Reason = "",
) -> DeviceOut:
    """One device and what it said last, tokens left out; `time` and `arrival` are ms, 0: never.

    With `at` (ms) what it had said last by then, by its own time; its facts and its level are
    today's. 422 without a reason where it speaks of people.
    """
    found = _found(device)
    _note(request, found, "last reading" if at is None else f"last reading at {at}", reason)
    then = _stood(found, at)
    facts = {name: getattr(found, name) for name in DeviceOut.model_fields if hasattr(found, name)}
    said = {one.field.name: one.value for one in then.said}
    return DeviceOut(
        **facts, level=found.stands, time=then.time, arrival=then.arrival, reading=said
    )


@router.get("/{device}/series", response=SeriesOut)
@asks("device.look")
def series(
    request: HttpRequest,
    device: str,
    field: str,
    since: Annotated[int, Query(alias="from", ge=0)],
    until: Annotated[int, Query(alias="to", le=LATEST)],
    reason: Reason = "",
) -> readings.Series:
    """What a field did between two moments (ms), in at most a few hundred stretches: the mean
    (`value`), the lowest and the highest of each, and the `gaps` in which nothing was said.

    422 without a reason where the device speaks of people.
    """
    found = _found(device)
    if not since < until <= since + LONGEST:
        raise HttpError(422, _("Ask for a span of at most 92 days that ends after it begins."))
    _note(request, found, f"readings {field[:64]} {since}-{until}", reason)
    try:
        return readings.series(found, field, since, until)
    except ValueError as error:
        raise HttpError(422, str(error)) from error
    except (PartMissing, PartDamaged) as error:
        raise HttpError(503, str(error)) from error


class CommandIn(Schema):
    name: str


class CommandOut(Schema):
    id: str
    device: str
    name: str
    stage: str
    by: str
    at: int
    expires: int
    sent: int
    delivered: int
    ended: int
    why: str

    @staticmethod
    def resolve_device(row: Command) -> str:
        return row.device_id


@router.get("/{device}/commands", response=list[CommandOut])
@asks("device.look")
def commands(request: HttpRequest, device: str) -> list[Command]:  # noqa: ARG001
    """The newest commands to a device and how far each has come; times are ms, 0: not yet."""
    return orders.of(_found(device).id)


@router.post("/{device}/commands", response={202: CommandOut})
@asks("device.command")
def command(request: HttpRequest, device: str, asked: CommandIn) -> Status[Command]:
    """Tell a device to do something; `name` is an order of its kind."""
    by = request.user.get_username()
    try:
        given = orders.give(device=_found(device).id, name=asked.name, by=by, now=now_ms())
    except orders.UnknownOrder as error:
        raise HttpError(422, _("This device takes no such command.")) from error
    except orders.TooMany as error:
        said = _("Too many commands are under way to this device; wait.")
        raise HttpError(429, said) from error
    return Status(202, given)


def _found(device: str) -> queries.Standing:
    found = queries.one(device)
    if found is None:
        raise Http404
    return found


def _stood(device: queries.Standing, at: int | None) -> readings.Stood:
    if at is None:
        state = queries.state_of(device)
        return readings.Stood(state.time, state.arrival, readings.last(device))
    try:
        return readings.stood(device, at)
    except (PartMissing, PartDamaged) as error:
        raise HttpError(503, str(error)) from error


def _note(request: HttpRequest, device: queries.Standing, what: str, reason: str) -> None:
    """Record the look, or refuse it."""
    now = datetime.now(UTC)
    try:
        looking.note(device, what, looker=request.user, why=reason, now=now)
    except NoReason as error:
        raise HttpError(422, str(error)) from error
