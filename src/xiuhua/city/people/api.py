"""Residents at /api/people/: only for those who help, with a reason, and every look is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.errors import HttpError

from xiuhua.city.access import asks

from . import looks, queries

router = Router(tags=["people"])


class Ask(Schema):
    flat: str = Field(max_length=64)
    reason: str = Field(max_length=300)


class ContactOut(Schema):
    name: str
    phone: str
    tags: list[str]


@router.post("/contacts", response=list[ContactOut])
@asks("people.contact")
def contacts(request: HttpRequest, ask: Ask) -> list[queries.Contact]:
    """Whom to ring and whom to look for in a flat; 422 without a reason."""
    looker = cast("AbstractUser", request.user)
    now = datetime.now(UTC)
    try:
        return queries.contacts_of_flat(flat=ask.flat, looker=looker, reason=ask.reason, now=now)
    except looks.NoReason as error:
        raise HttpError(422, str(error)) from error
