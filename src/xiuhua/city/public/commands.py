"""Writes of the public's room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from xiuhua.city.cases.intake import (
    NO_PROOF,
    Case,
    Proof,
    Report,
    Source,
    residents,
    take_in,
    told_before,
)
from xiuhua.city.places import queries as places

from . import limits, receipts
from .matters import Matter
from .models import Receipt


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came in the form; `key` is the form's own."""

    key: str
    matter: Matter
    words: str
    whose: str
    place: str = ""
    where: str = ""
    name: str = ""
    phone: str = ""
    spot: tuple[float, float] | None = None


def report(told: Told, *, who: str, now: datetime, proof: Proof = NO_PROOF) -> tuple[Case, str]:
    """Open the case; returns it with the code of its receipt. A form sent again is the same case,
    and costs its address nothing.

    A place that was only written down, and no spot, is looked for by whoever verifies the report.
    Raises `TooOften`, `NotDone` and `BadPhoto`.
    """
    if told_before(told.key) is None:
        limits.spend("danger" if told.matter.danger else "report", who, now)
    near = places.near(*told.spot, limit=1) if told.spot and not told.place else []
    place = told.place or (near[0][0].code if near else places.STREETS)
    case = take_in(
        Report(
            source=Source(told.whose), case_class=told.matter.case_class, place=place,
            words="\n".join(filter(None, (told.where.strip(), told.words.strip()))),
            name=told.name, phone=told.phone, spot=told.spot, key=told.key,
            reachable=bool(told.phone),
        ),
        by="", now=now, proof=proof,
    )  # fmt: skip
    return case, receipts.issue(case, told.key)


def contest(receipt: Receipt, *, words: str, now: datetime) -> None:
    """Disagree with how it was closed; the receipt follows the new case from then on. Raises
    `residents.NotNow`."""
    receipt.again = residents.contest(followed(receipt), words=words, now=now)
    receipt.save(update_fields=["again"])


def followed(receipt: Receipt) -> int:
    """The id of the case that a receipt follows now."""
    return receipt.again_id or receipt.case_id
