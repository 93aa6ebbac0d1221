"""Writes of the people room."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec
from django.db import transaction

from xiuhua.city.crypto import seal

from .marks import name_mark, phone_mark
from .models import Reporter, Resident, Token
from .queries import field_of, field_of_reporter

_SEALED = ("name", "phone", "birth_year", "sex", "tags")


class NewResident(msgspec.Struct, frozen=True, kw_only=True):
    """A resident as they are enrolled. Cards, faces and plates are opaque tokens already."""

    id: str
    flat: str
    name: str
    phone: str = ""
    birth_year: int = 0
    sex: str = ""
    tags: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    faces: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()


@transaction.atomic
def put(*, residents: Iterable[NewResident]) -> int:
    """Enrol residents, or overwrite what is known of them; returns how many."""
    given = list(residents)
    Resident.objects.bulk_create(
        map(_sealed, given),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["flat", *_SEALED],
        batch_size=500,
    )
    Token.objects.filter(resident__in=[resident.id for resident in given]).delete()
    Token.objects.bulk_create(
        (token for resident in given for token in _tokens(resident)),
        batch_size=500,
        ignore_conflicts=True,  # a car that two residents share is the first one's
    )
    return len(given)


def put_reporter(*, name: str, phone: str) -> str:
    """Keep who reported a matter, sealed; returns the opaque id by which others know them."""
    row = Reporter(
        id=secrets.token_hex(16), name_mark=name_mark(name), phone_mark=phone_mark(phone)
    )
    row.name = seal(name, field_of_reporter(row, "name"))
    row.phone = seal(phone, field_of_reporter(row, "phone"))
    row.save(force_insert=True)
    return row.id


@transaction.atomic
def remove(*, resident: str) -> bool:
    """Forget a resident; the looks at them stay. Returns False for an unknown one."""
    return bool(Resident.objects.filter(id=resident).delete()[0])


def _sealed(new: NewResident) -> Resident:
    row = Resident(id=new.id, flat=new.flat)
    facts = {
        "name": new.name,
        "phone": new.phone,
        "birth_year": str(new.birth_year or ""),
        "sex": new.sex,
        "tags": ",".join(new.tags),
    }
    for field, text in facts.items():
        setattr(row, field, seal(text, field_of(row, field)))
    return row


def _tokens(new: NewResident) -> Iterable[Token]:
    for card in new.cards:
        yield Token(token=card, resident_id=new.id, sort="card")
    for face in new.faces:
        yield Token(token=face, resident_id=new.id, sort="face")
    for plate in new.plates:
        yield Token(token=plate, resident_id=new.id, sort="plate")
