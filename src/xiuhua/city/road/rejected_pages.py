"""The page of rejected messages: what could not be taken and why, a look at one, and the replay of
what was mended."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.epoch import millis, moment
from xiuhua.gateway.reasons import SENTENCES
from xiuhua.log.base import LogUnavailable
from xiuhua.log.rejected import FOREVER, Kept, Narrowed, Tally

from . import commands, queries
from .models import Replay

PER_PAGE = 50
SPANS = {
    "24h": (24, gettext_lazy("24 hours")),
    "7d": (168, gettext_lazy("7 days")),
    "30d": (720, gettext_lazy("30 days")),
    "": (0, gettext_lazy("all")),
}

_FACT = re.compile(r"\{[^}]*\}")


class LookForm(forms.Form):
    """Why somebody needs to see a message."""

    reason = forms.CharField(label=gettext_lazy("Why you need to know"), max_length=300)


@dataclass(frozen=True)
class Group:
    """Messages of one device and reason, counted."""

    tally: Tally
    sentence: str
    newest: datetime
    query: str


@dataclass(frozen=True)
class Row:
    """One rejected message, as the list shows it."""

    kept: Kept
    sentence: str
    arrived: datetime
    replayed: datetime | None

    @property
    def who(self) -> str:
        """The device it named, or else who sent it."""
        return self.kept.message.device or self.kept.message.speaker


@dataclass(frozen=True)
class Played:
    """An order to replay, and what came of it."""

    order: Replay
    at: datetime
    refused: list[tuple[str, str, int]]


def _where_the_log_answers(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Says in plain words that the log cannot be read now."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        try:
            return view(request, *args, **kwargs)
        except LogUnavailable as error:
            seen = {"default_cloth": "paper", "why": str(error)}
            return render(request, "road/unavailable.html", seen, status=503)

    return asked


@needs("device.look")
@_where_the_log_answers
def rejected(request: HttpRequest) -> HttpResponse:
    """What could not be taken: counted by reason and device, then message by message."""
    which, asked = _choice(request.GET, datetime.now(UTC))
    before = _number(request.GET.get("before", ""))
    box = queries.box()
    tallies = box.count(which)
    every = box.count(replace(which, reason="", device=""))
    found = box.find(which, before=before, limit=PER_PAGE + 1)
    played = [_played(order) for order in queries.replays()]
    return render(
        request,
        "road/rejected.html",
        {
            "default_cloth": "paper",
            "asked": asked,
            "query": urlencode(asked),
            "spans": [(code, name) for code, (_hours, name) in SPANS.items()],
            "reasons": sorted({tally.reason for tally in every}),
            "devices": sorted({tally.device for tally in every if tally.device}),
            "groups": [_group(tally, asked) for tally in tallies[:PER_PAGE]],
            "more_groups": len(tallies) > PER_PAGE,
            "count": sum(tally.count for tally in tallies),
            "waiting": sum(tally.waiting for tally in tallies),
            "rows": [_row(kept) for kept in found[:PER_PAGE]],
            "older": found[PER_PAGE - 1].number if len(found) > PER_PAGE else 0,
            "played": played,
            "under_way": any(not each.order.finished for each in played),
            "may_mend": may(request.user, "rejected.mend"),
        },
    )


@needs("rejected.mend")
@_where_the_log_answers
def message(request: HttpRequest, number: int) -> HttpResponse:
    """One message. Its content is shown to whoever says why, and the look is recorded."""
    kept = queries.box().one(number)
    if kept is None:
        raise Http404
    form = LookForm(request.POST or None)
    sample = None
    if request.method == "POST" and form.is_valid():
        looker, now = cast("User", request.user), datetime.now(UTC)
        sample = queries.sample(kept, looker=looker, why=form.cleaned_data["reason"], now=now)
    seen = {"row": _row(kept), "form": form, "sample": sample, "default_cloth": "paper"}
    return render(request, "road/message.html", seen)


@require_POST
@needs("rejected.mend")
@_where_the_log_answers
def replay(request: HttpRequest) -> HttpResponse:
    """Order the replay of what is chosen."""
    which, asked = _choice(request.POST, datetime.now(UTC))
    by = cast("User", request.user).username
    try:
        order = commands.order_replay(which=which, box=queries.box(), by=by)
    except commands.NothingWaits:
        messages.info(request, _("Nothing of this choice can be played again."))
    else:
        words = ngettext(
            "%(n)d message is played again.", "%(n)d messages are played again.", order.messages
        )
        messages.success(request, words % {"n": order.messages})
    return redirect(f"{reverse('road:rejected')}?{urlencode(asked)}")


def _choice(said: Any, now: datetime) -> tuple[Narrowed, dict[str, str]]:  # noqa: ANN401
    """What a reader chose, and how the page says it again."""
    span = said.get("span", "")
    hours = SPANS.get(span, SPANS[""])[0]
    asked = {name: said.get(name, "").strip()[:64] for name in ("reason", "device")}
    since = millis(now) - hours * 3_600_000 if hours else 0
    which = Narrowed(**asked, since=since, until=FOREVER)
    return which, {**asked, "span": span if span in SPANS else ""}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _group(tally: Tally, asked: dict[str, str]) -> Group:
    query = urlencode({**asked, "reason": tally.reason, "device": tally.device})
    return Group(tally, _of(tally.reason), moment(tally.newest), query)


def _row(kept: Kept) -> Row:
    zh, _line, en = kept.message.detail.partition("\n")
    replayed = None if kept.replayed is None else moment(kept.replayed)
    sentence = (en or zh) if get_language() == "en" else zh
    return Row(kept, sentence, moment(kept.message.at), replayed)


def _played(order: Replay) -> Played:
    refused = [(reason, _of(reason), count) for reason, count in sorted(order.refused.items())]
    return Played(order, moment(order.at), refused)


def _of(reason: str) -> str:
    """The reason's sentence without the facts of one message."""
    zh, en = SENTENCES.get(reason, (reason, reason))
    return _FACT.sub("…", en if get_language() == "en" else zh)
