"""The live page's data at /api/command/."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Router, Schema

from xiuhua.city.access import asks

from . import queries

router = Router(tags=["command"])
Level = Literal["warn", "serious", "critical"]


class Words(Schema):
    zh: str
    en: str


class Case(Schema):
    number: str
    stage: str
    stage_words: Words
    ended: bool
    team: Words | None
    due: int | None
    url: str


class Chart(Schema):
    """What to draw, and of which device; `interval` is the time between two readings, ms."""

    device: str
    field: str
    name: Words
    unit: str
    limit: float | None
    interval: int


class Acknowledged(Schema):
    by: str
    at: int


class Belonging(Schema):
    """How many alerts belong to a storm, or to an incident besides the one that stands for it; and
    how many of them are still raised."""

    storm: bool
    all: int
    up: int


class Alert(Schema):
    """An alert as the page lists it; `cleared` also when it was found to be a false one.
    `of_device`: it is about the device itself, and not about a place where that spoke. `parent` is
    the storm or incident under which it stands; `belonging` is there for who stands for one."""

    id: UUID
    rule: str
    name: Words
    sentence: Words
    level: Level
    health: bool
    life_safety: bool
    start: int
    changed: int
    cleared: int | None
    held: bool
    device: str
    of_device: bool
    parent: UUID | None
    belonging: Belonging | None
    place: Words
    lon: float | None
    lat: float | None
    chart: Chart | None
    acknowledged: Acknowledged | None
    called: int
    answered: int
    case: Case | None


class Tick(Schema):
    id: UUID
    level: Level
    start: int
    name: Words


class Shift(Schema):
    name: Words
    since: int


class Me(Schema):
    name: str
    may: list[str]


class Counts(Schema):
    alerts_shift: int
    budget: int
    held: int
    open_cases: int
    overdue: int
    unheard: int


class Kind(Schema):
    code: str
    name: Words
    icon: str


class Devices(Schema):
    """Columns, one entry a device; `kind` and `place` point into `kinds` and `places`."""

    id: list[str]
    kind: list[int]
    place: list[int]
    lon: list[float]
    lat: list[float]
    places: list[Words]


class Map(Schema):
    url: str
    tiles: str


class Snapshot(Schema):
    """The whole picture; `beyond` alerts are left out of it, none graver than those that are in.
    `log_at` is the log's time up to which it is complete; follow the feed
    from `head`."""

    at: int
    log_at: int
    head: int
    here: Words
    shift: Shift
    me: Me
    counts: Counts
    kinds: list[Kind]
    devices: Devices
    alerts: list[Alert]
    beyond: int
    day: list[Tick]
    map: Map


class Change(Schema):
    at: int
    what: Literal["raised", "level", "joined", "grown", "cleared"]
    level: Level
    words: Words


class Call(Schema):
    team: Words
    told: int | None
    answered: int | None
    by: str
    failed: bool


class Step(Schema):
    at: int
    what: Words
    by: str
    note: str


class Part(Schema):
    """One alert of a storm, or the storm of one."""

    id: UUID
    name: Words
    place: Words
    level: Level
    start: int
    cleared: int | None


class Detail(Schema):
    """All about one alert."""

    alert: Alert
    changes: list[Change]
    calls: list[Call]
    steps: list[Step]
    belonging: list[Part]
    parent: Part | None
    may_acknowledge: bool


@router.get("/live", response=Snapshot)
@asks("live.view")
def live(request: HttpRequest) -> dict[str, Any]:
    """The whole picture of the sub-district, now."""
    drawing = {"url": reverse("command:drawing"), "tiles": settings.TILE_URL}
    return {**queries.snapshot(request.user, datetime.now(UTC)), "map": drawing}


@router.get("/alerts/{alert}", response=Detail)
@asks("alert.look")
def alert(request: HttpRequest, alert: UUID) -> dict[str, Any]:
    """One alert: why, who was told, its case and every step of it."""
    found = queries.detail(alert, request.user)
    if found is None:
        raise Http404
    return found
