"""Writes of the exchange: partners and their secrets, orders taken in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xiuhua.city.cases.intake import (
    Proof,
    Report,
    Source,
    classes,
    take_in,
)
from xiuhua.city.places import queries as places

from .models import Order, Partner

OTHER = "public-service"
"""The class of an order that names none: whoever files it chooses."""


class NotTaken(Exception):
    """An order was refused; nothing was recorded. As text: why, in the reader's language."""

    def __init__(self, code: str, words: Promise) -> None:
        super().__init__(code)
        self.code = code
        self.words = words

    def __str__(self) -> str:
        return str(self.words)


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order as it is sent. `place` is a code of ours; without one the spot (WGS-84) or the
    address says where it is, and whoever verifies it finds the rest."""

    number: str
    words: str
    case_class: str = ""
    place: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An order that we have, whether it came just now, and whether its place was found."""

    order: Order
    fresh: bool
    place_found: bool


def put_partner(*, code: str, zh: str, en: str, source: str, webhook: str = "") -> str:
    """Make a partner, or change one; returns its secret, new each time and shown only now."""
    secret = secrets.token_urlsafe(32)
    facts = {"zh": zh, "en": en, "source": source, "webhook": webhook, "digest": digest(secret)}
    Partner.objects.update_or_create(code=code, defaults=facts | {"active": True})
    return secret


def close(*, code: str) -> bool:
    """Let a partner in no more; its orders stay. Returns False for an unknown one."""
    return bool(Partner.objects.filter(code=code).update(active=False))


def digest(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def take_order(
    partner: Partner, new: NewOrder, *, by: str, now: datetime, photos: Sequence[bytes] = ()
) -> Taken:
    """Open the case of an order; the same order again is the one that we have. Its clocks start as
    those of its source do.

    Raises `NotTaken` where a number comes with another content, a class or a place is not ours;
    `NotDone` and `BadPhoto` for what comes with it.
    """
    content = _content(new, photos)
    if known := _known(partner, new.number, content):
        return known
    _check(new)
    place, found = _place(new)
    told = Report(
        source=Source(partner.source), case_class=new.case_class or OTHER, place=place,
        words="\n".join(filter(None, (new.words.strip(), new.address.strip()))),
        name=new.name, phone=new.phone, order=new.number,
        spot=None if new.lon is None or new.lat is None else (new.lon, new.lat),
        key=digest(f"{partner.code}/{new.number}"),
    )  # fmt: skip
    case = take_in(told, by=by, now=now, proof=Proof(before=list(photos)))
    try:
        with transaction.atomic():
            order = Order.objects.create(
                partner=partner, number=new.number, case=case, content=content
            )
    except IntegrityError:  # both were sent at once: one case by its key, one order by its number
        if known := _known(partner, new.number, content):
            return known
        raise
    return Taken(order=order, fresh=True, place_found=found)


def _known(partner: Partner, number: str, content: str) -> Taken | None:
    order = Order.objects.filter(partner=partner, number=number).select_related("case").first()
    if order is None:
        return None
    if order.content != content:
        raise NotTaken(
            "order_differs",
            _("We have an order of that number, with another content. Send additions to it."),
        )
    return Taken(order=order, fresh=False, place_found=order.case.place != places.STREETS)


def _check(new: NewOrder) -> None:
    known = {one.code for one in classes()}
    if (new.case_class or OTHER) not in known:
        raise NotTaken("unknown_class", _("There is no such class of case."))
    if new.place and places.place(new.place) is None:
        raise NotTaken("unknown_place", _("There is no such place; leave it out or give a spot."))
    if not (new.place or new.address.strip() or (new.lon is not None and new.lat is not None)):
        raise NotTaken("no_place", _("Say where it is: a place, an address or a spot."))


def _place(new: NewOrder) -> tuple[str, bool]:
    """Where it is, as a code of ours, and whether that is more than "somewhere outdoors"."""
    if new.place:
        return new.place, True
    if new.address and (found := places.at_address(new.address)):
        return found.code, True
    if new.lon is not None and new.lat is not None and (near := places.near(new.lon, new.lat)):
        return near[0][0].code, True
    return places.STREETS, False


def _content(new: NewOrder, photos: Sequence[bytes]) -> str:
    told = msgspec.json.encode(asdict(new), order="deterministic")
    every = [told, *(hashlib.sha256(photo).digest() for photo in photos)]
    return hashlib.sha256(b"\0".join(every)).hexdigest()
