"""What people report becomes a case: from a patrol, a resident by any way, a 12345 order, the
district, superiors, another department."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import translation

from xiuhua.city import feed
from xiuhua.city.access import User
from xiuhua.city.alerts import byhand
from xiuhua.city.people import commands as people
from xiuhua.city.places import queries as places

from . import dangers, photos, queries
from .commands import LONGEST_NOTE, NO_PROOF, Proof, keep_photos
from .finding import write_down
from .machine import Birth, Promise
from .models import Case, CaseClass, Photo, Source, Voice
from .opening import born, put
from .routing import Matrix
from .sources import TERMS, open_to


@dataclass(frozen=True, kw_only=True)
class Report:
    """A matter as it is told. `words` are the reporter's own; `name` and `phone` are theirs, or
    empty; `order` is the number under which others know it; a spot is WGS-84, or None; `key` is the
    sender's own for this report: sent again, it is the same one. Whoever is not `reachable` is
    answered in writing instead of being called back."""

    source: Source
    case_class: str
    place: str
    words: str
    name: str = ""
    phone: str = ""
    order: str = ""
    spot: tuple[float, float] | None = None
    key: str = ""
    reachable: bool = True


def report(new: Report, *, by: User, now: datetime, proof: Proof = NO_PROOF) -> Case:
    """Open a case for what was reported. Where a life may be at risk it is with its team at once
    and is written up afterwards; everything else waits to be filed, and what residents report to be
    verified first. A danger calls everybody at once, as an alert does (`alerts/byhand.py`).

    Raises PermissionDenied where the source is not this person's, `CaseClass.DoesNotExist`,
    `NotDone` and `BadPhoto`.
    """
    if new.source not in open_to(by):
        raise PermissionDenied(new.source)
    return take_in(new, by=by.get_username(), now=now, proof=proof)


def take_in(new: Report, *, by: str, now: datetime, proof: Proof = NO_PROOF) -> Case:
    """The same for doors with locks of their own: the public's form, and systems that send orders.

    Raises `CaseClass.DoesNotExist`, `NotDone` and `BadPhoto`.
    """
    if known := told_before(new.key):
        return known
    kept = keep_photos(proof)
    try:
        with transaction.atomic():
            return _open(new, by, now, kept)
    except BaseException as error:
        for photo in kept:
            photos.drop(photo.name)
        if isinstance(error, IntegrityError) and (known := told_before(new.key)):
            return known  # both were sent at once
        raise


def told_before(key: str) -> Case | None:
    """The case of the report that came with that key, if one did."""
    return Case.objects.filter(voices__key=key).first() if key else None


def _called(case: Case, now: datetime) -> UUID:
    """Where a life may be at risk everybody is called before anything is written up."""
    source = Source(case.source).label
    with translation.override("zh-hans"):
        zh = str(source)
    with translation.override("en"):
        en = str(source)
    alert = byhand.raise_by_hand(
        case_class=case.case_class_id, zh=case.zh, en=case.en, told_zh=zh, told_en=en,
        place=case.place, site=case.site, now=now,
    )  # fmt: skip
    return alert.id


def _open(new: Report, by: str, now: datetime, kept: list[Photo]) -> Case:
    case_class = CaseClass.objects.get(code=new.case_class)
    place = places.place(new.place)
    site = (place.site if place else "") or new.place
    rows = queries.standards(case_class.code, by_alert=False)
    only = rows[0] if len(rows) == 1 or (rows and case_class.life_safety) else None
    zh, en = dangers.title(case_class) if case_class.life_safety else (case_class.zh, case_class.en)
    case = Case(
        case_class=case_class, standard=only, source=new.source, order=new.order,
        zh=zh, en=en, place=new.place, site=site,
        supervised=new.source is Source.SUPERVISION,
    )  # fmt: skip
    if only:
        case.clock, case.amount = only.clock, only.amount
    if new.spot:
        case.lon, case.lat = new.spot
    terms = TERMS[new.source]
    whose = Matrix.of([case]).teams(case)
    born(case, Birth(
        life_safety=case_class.life_safety, team=next(iter(whose), ""), must_verify=terms.verify,
        owes=frozenset(Promise(promise) for promise, _ in terms.owes), standard=only is not None,
    ))  # fmt: skip
    if case.life_safety:
        case.alert = _called(case, now)
    told: dict[str, object] = {"by": new.source, "photos": [one.name for one in kept]}
    if not new.reachable and Promise.CALL_BACK in dict(terms.owes):
        told["owes"] = {Promise.ANSWER.value: None}
    put([case], now, by=by, told_by=told)
    step = case.steps.get()
    for photo in kept:
        photo.step = step
    Photo.objects.bulk_create(kept)
    known = new.name or new.phone
    Voice.objects.create(
        case=case, source=new.source, words=new.words.strip()[:LONGEST_NOTE], by=by, at=now,
        reporter=people.put_reporter(name=new.name, phone=new.phone) if known else "",
        key=new.key,
    )  # fmt: skip
    write_down([case])
    feed.tell("case", case.number, queries.brief(case))
    return case
