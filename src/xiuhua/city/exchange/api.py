"""Orders in and answers out at /api/exchange/, for systems: `Authorization: Bearer SECRET`."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema, Status
from ninja.security import HttpBearer

from xiuhua.city.access import by_owner
from xiuhua.city.cases.intake import (
    MOST_PHOTOS,
    BadPhoto,
    NotDone,
    residents,
)
from xiuhua.city.problems import Problem, problem

from . import changes, commands
from .commands import NewOrder, NotTaken, digest
from .models import Order, Partner

MOST = 500
LOCK = "a partner's secret, and its own orders"


class Secret(HttpBearer):
    """The partner whose secret came."""

    def authenticate(self, request: HttpRequest, token: str) -> Partner | None:  # noqa: ARG002
        """None for a secret that no active partner has."""
        return Partner.objects.filter(digest=digest(token), active=True).first()


router = Router(tags=["exchange"], auth=Secret())
Answer = dict[str, Any] | HttpResponse | Status[dict[str, Any]]


class OrderIn(Schema):
    """An order: its number with the sender, the words, where it is (a place's code, an address, or
    a spot in WGS-84), who reported it. Photos are base64; the whole is at most 4 MB."""

    number: str = Field(min_length=1, max_length=40, pattern=r"^[\w./-]+$")
    words: str = Field(min_length=1, max_length=2000)
    case_class: str = Field("", max_length=40)
    place: str = Field("", max_length=64)
    address: str = Field("", max_length=200)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    name: str = Field("", max_length=60)
    phone: str = Field("", pattern=r"^(\+?[0-9 -]{5,24})?$")
    photos: list[str] = Field([], max_length=MOST_PHOTOS)


class OrderOut(Schema):
    """The order as we have it: our case, the stage that it stands at, what is owed (epoch ms)."""

    number: str
    case: str
    stage: str
    place: str
    place_found: bool
    owes: dict[str, int | None]


class Addition(Schema):
    words: str = Field(min_length=1, max_length=2000)


class Changes(Schema):
    """Changes, oldest first; ask again with `after` = `next`."""

    changes: list[dict[str, Any]]
    next: int


@router.post(
    "/orders",
    response={200: OrderOut, 201: OrderOut, 401: Problem, 409: Problem, 422: Problem},
)
@by_owner(LOCK)
def order(request: HttpRequest, told: OrderIn) -> Answer:
    """Send an order: 201, or 200 for one that we have already."""
    partner = _partner(request)
    try:
        photos = [b64decode(photo, validate=True) for photo in told.photos]
        new = NewOrder(**told.dict(exclude={"photos"}))
        taken = commands.take_order(partner, new, by="", now=timezone.now(), photos=photos)
    except binascii.Error:
        return problem(422, "bad_photo", _("A photo is no base64."))
    except NotTaken as refused:
        return problem(409 if refused.code == "order_differs" else 422, refused.code, refused)
    except NotDone as refused:
        return problem(422, refused.code, refused)
    except BadPhoto as bad:
        return problem(422, "bad_photo", bad)
    shown = _shown(taken.order) | {"place_found": taken.place_found}
    return Status(201 if taken.fresh else 200, shown)


@router.get("/orders/{number}", response={200: OrderOut, 401: Problem, 404: Problem})
@by_owner(LOCK)
def one(request: HttpRequest, number: str) -> Answer:
    """How an order stands."""
    found = _order(request, number)
    return _shown(found) if found else _unknown()


@router.post(
    "/orders/{number}/urge",
    response={200: OrderOut, 401: Problem, 404: Problem, 409: Problem},
)
@by_owner(LOCK)
def urge(request: HttpRequest, number: str) -> Answer:
    """Ask to hurry 催办: once a day."""
    found = _order(request, number)
    if found is None:
        return _unknown()
    try:
        residents.hurry(found.case_id, now=timezone.now())
    except residents.NotNow as refused:
        return problem(409, refused.code, _("The order is over, or was urged within a day."))
    return _shown(found)


@router.post(
    "/orders/{number}/additions",
    response={200: OrderOut, 401: Problem, 404: Problem, 409: Problem},
)
@by_owner(LOCK)
def addition(request: HttpRequest, number: str, told: Addition) -> Answer:
    """Add what the reporter said since."""
    found = _order(request, number)
    if found is None:
        return _unknown()
    try:
        residents.add(found.case_id, words=told.words, now=timezone.now())
    except residents.NotNow as refused:
        return problem(409, refused.code, _("The order is over, or has very many additions."))
    return _shown(found)


@router.get("/changes", response={200: Changes, 401: Problem})
@by_owner(LOCK)
def feed(request: HttpRequest, after: int = 0, limit: int = 100) -> Answer:
    """What has become of one's orders since `after`: 0 at first, then the last answer's `next`."""
    most = max(1, min(limit, MOST))
    found = changes.after(_partner(request), after, limit=most, now=timezone.now())
    told = [msgspec.json.decode(body) for body in found]
    return {"changes": told, "next": told[-1]["seq"] if told else after}


def _partner(request: HttpRequest) -> Partner:
    partner: Partner = request.auth  # type: ignore[attr-defined]
    return partner


def _order(request: HttpRequest, number: str) -> Order | None:
    own = Order.objects.filter(partner=_partner(request), number=number)
    return own.select_related("case").first()


def _shown(order: Order) -> dict[str, Any]:
    case = residents.case_of(order.case_id)
    return {
        "number": order.number, "case": case.number, "stage": case.stage, "place": case.place,
        "place_found": case.place != commands.places.STREETS, "owes": case.owes,
    }  # fmt: skip


def _unknown() -> HttpResponse:
    return problem(404, "unknown", _("There is no such order of yours."))
