"""Dispatch at /api/dispatch/: what waits with its proposals, and sending."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from xiuhua.city.access import asks
from xiuhua.city.cases.commands import NotDone
from xiuhua.city.problems import problem

from . import commands, queries
from .gathering import scene

router = Router(tags=["dispatch"])


class OfferOut(Schema):
    """Somebody for an order: minutes of way, when they begin and are done (minutes from now), how
    late that is, the rank of their unit (0: the main one), what they have in hand, the cost."""

    person: str
    way: float
    begins: float
    done: float
    late: float
    rank: int
    load: int
    cost: float


class ProposalOut(Schema):
    """A case that waits. `held` says why nobody goes, `extra` what the second best costs more."""

    number: str
    version: int
    title_zh: str
    title_en: str
    best: OfferOut | None
    second: OfferOut | None
    extra: float | None
    held: str


class SendIn(Schema):
    """Whom to send. A reason is needed where it is not who is proposed."""

    person: str
    version: int
    reason: str = ""


class SentOut(Schema):
    """Who was sent, and how that came about: proposed or override."""

    number: str
    person: str
    team: str
    how: str


@router.get("", response=list[ProposalOut])
@asks("case.dispatch")
def proposals(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Every case that waits to be dispatched, the most pressing first."""
    return [
        {
            "number": row.case.number,
            "version": row.case.version,
            "title_zh": row.case.zh,
            "title_en": row.case.en,
            "best": asdict(row.best) if row.best else None,
            "second": asdict(row.second) if row.second else None,
            "extra": row.extra,
            "held": row.held,
        }
        for row in queries.rows(scene(timezone.now()))
    ]


@router.post("/{number}", response=SentOut)
@asks("case.dispatch")
def send(request: HttpRequest, number: str, told: SendIn) -> Any:  # noqa: ANN401
    """Send somebody to a case."""
    try:
        sent = commands.send(
            number, person=told.person, version=told.version, reason=told.reason,
            by=request.user, now=timezone.now(),
        )  # fmt: skip
    except commands.NoReason:
        return problem(422, "no_reason", _("Please say why somebody else than proposed should go."))
    except commands.NotThere:
        return problem(
            409, "not_there", _("It no longer waits, or they are not on duty; please look again.")
        )
    except NotDone as refused:
        return problem(409, refused.code, refused.words)
    return {"number": sent.number, "person": sent.person, "team": sent.team, "how": sent.how}
