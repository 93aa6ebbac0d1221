"""Devices at /api/devices/, for people who may look at them."""

from __future__ import annotations

from typing import Annotated

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.errors import HttpError

from xiuhua.city.access import asks
from xiuhua.history.errors import PartDamaged, PartMissing

from . import queries, readings

router = Router(tags=["devices"])

LONGEST = 92 * 86_400_000
"""Longest span of one series, ms: a quarter."""

LATEST = 4_102_444_800_000
"""The year 2100, ms: nobody asks for what is later."""


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


@router.get("/", response=list[StateOut])
@asks("device.look")
def states(request: HttpRequest) -> list[queries.State]:  # noqa: ARG001
    """Every device in service and how it stands."""
    return queries.states()


@router.get("/{device}", response=DeviceOut)
@asks("device.look")
def one(request: HttpRequest, device: str) -> DeviceOut:  # noqa: ARG001
    """One device and what it said last, tokens left out; `time` and `arrival` are ms, 0: never."""
    found = _found(device)
    state = queries.state_of(found)
    facts = {name: getattr(found, name) for name in DeviceOut.model_fields if hasattr(found, name)}
    said = {one.field.name: one.value for one in readings.last(found)}
    return DeviceOut(
        **facts, level=found.stands, time=state.time, arrival=state.arrival, reading=said
    )


@router.get("/{device}/series", response=SeriesOut)
@asks("device.look")
def series(
    request: HttpRequest,  # noqa: ARG001
    device: str,
    field: str,
    since: Annotated[int, Query(alias="from", ge=0)],
    until: Annotated[int, Query(alias="to", le=LATEST)],
) -> readings.Series:
    """What a field did between two moments (ms), at most a few hundred points."""
    found = _found(device)
    if not since < until <= since + LONGEST:
        raise HttpError(422, _("Ask for a span of at most 92 days that ends after it begins."))
    try:
        return readings.series(found, field, since, until)
    except ValueError as error:
        raise HttpError(422, str(error)) from error
    except (PartMissing, PartDamaged) as error:
        raise HttpError(503, str(error)) from error


def _found(device: str) -> queries.Standing:
    found = queries.one(device)
    if found is None:
        raise Http404
    return found
