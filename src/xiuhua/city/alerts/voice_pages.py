"""Where a voice gateway tells how its calls go. It has no account: its signature is its key."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from xiuhua.city.access import by_owner

from . import channels, ringing, voice

MOST = 10_000
"""Bytes of a message at most."""

State = Literal[
    "ringing", "answered", "pressed", "busy", "no-answer", "rejected", "hung-up", "failed"
]


class Message(msgspec.Struct, frozen=True):
    """How a call stands: the id that it was ordered by, and for `pressed` the key."""

    id: UUID
    state: State
    key: str = ""


@by_owner("a voice gateway, by its signature")
@csrf_exempt
@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """Take what a gateway tells. 204: written; 401: not signed by one of ours, now; 404: no such
    call; 422: not to be read."""
    now, body = timezone.now(), request.read(MOST + 1)
    secrets = [way.secret for way in channels.gateways()]
    if len(body) > MOST or not voice.genuine(
        body, request.headers.get(voice.SIGNATURE, ""), secrets, now
    ):
        return HttpResponse(status=401)
    message = read(body)
    if message is None:
        return HttpResponse(status=422)
    known = ringing.heard(ringing.Told(message.id, message.state, message.key), now)
    return HttpResponse(status=204 if known else 404)


def read(body: bytes) -> Message | None:
    """What a gateway tells of a call; None where it is not to be read."""
    try:
        return msgspec.json.decode(body, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
