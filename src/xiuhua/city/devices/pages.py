"""The devices' pages: the ledger as a list, and one device with what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.places import queries as places
from xiuhua.epoch import millis, moment, now_ms
from xiuhua.history.errors import PartDamaged, PartMissing
from xiuhua.kinds import Field, Order, all_kinds, kind

from . import looking, orders, queries, readings
from .curve import Curve, curve
from .models import STANDINGS, Command, Device

PER_PAGE = 50
SPANS = {"6h": (6, _("6 hours")), "24h": (24, _("24 hours")), "7d": (168, _("7 days"))}


VISIT = 15 * 60_000
"""How long a reason given for a device holds, ms; each look in that time is recorded with it."""

_REASONS = "device_reasons"


class ReasonForm(forms.Form):
    """Why somebody looks at what may speak of people."""

    reason = forms.CharField(
        label=_("Why you need to know"), max_length=looking.LONGEST_REASON, strip=True
    )


@dataclass(frozen=True)
class Choice:
    """One entry of a filter."""

    code: str
    name: object
    count: int | None = None


@needs("device.look")
def listing(request: HttpRequest) -> HttpResponse:
    """The devices in service, narrowed by kind, site, state and words."""
    asked = {name: request.GET.get(name, "").strip() for name in ("kind", "site", "level", "text")}
    page = Paginator(queries.search(**asked), PER_PAGE).get_page(request.GET.get("page"))
    labels = places.many_labels(device.place for device in page)
    rows = [(device, kind(device.kind), labels[device.place], _arrived(device)) for device in page]
    counts = queries.counts()
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "devices/list.html",
        {
            "default_cloth": "paper",
            "asked": asked,
            "page": page,
            "rows": rows,
            "query": query.urlencode(),
            "kinds": all_kinds(),
            "sites": _sites(queries.sites()),
            "levels": [Choice(code, name, counts[code]) for code, name in STANDINGS.items()],
            "may_access": may(request.user, "device.access"),
            "total": sum(counts.values()),
        },
    )


@needs("device.look")
def detail(request: HttpRequest, device: str) -> HttpResponse:
    """One device: its facts, its last reading, and what one of its fields did.

    What speaks of people is shown once somebody has said why, by POST, and each look is recorded.
    """
    found = queries.one(device)
    if found is None:
        raise Http404
    now = datetime.now(UTC)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _keep_reason(request, found, form.cleaned_data["reason"], now)
        return redirect(request.get_full_path())
    private = looking.private(found)
    reason = _reason(request, found, now)
    shown: dict[str, Any] = {"form": form} if private else {}
    if not private or reason:
        looking.note(found, "page", looker=request.user, why=reason, now=now)
        shown |= {"said": readings.last(found), **_chart(request, found, now)}
    state = queries.state_of(found)
    return render(
        request,
        "devices/detail.html",
        {
            "default_cloth": "paper",
            "device": found,
            "kind": kind(found.kind),
            "place": places.label(found.place),
            "site": _sites([found.site])[0].name,
            "level": Choice(found.stands, STANDINGS[found.stands]),
            "may_access": may(request.user, "device.access"),
            "may_keep": may(request.user, "history.look"),
            "orders": _orders(found) if may(request.user, "device.command") else [],
            "commands": _commands(found),
            "private": private,
            "open": not private or bool(reason),
            "may_reach": may(request.user, "people.contact"),
            "spoke": _moment(state.time),
            "arrived": _moment(state.arrival),
            "lost": _moment(state.lost) if state.lost >= state.arrival else None,
            **shown,
        },
    )


@needs("device.command")
@require_POST
def command(request: HttpRequest, device: str) -> HttpResponse:
    """Tell a device to do something."""
    if queries.one(device) is None:
        raise Http404
    name, by = request.POST.get("name", ""), request.user.get_username()
    try:
        orders.give(device=device, name=name, by=by, now=now_ms())
    except orders.UnknownOrder:
        messages.error(request, gettext("This device takes no such command."))
    except orders.TooMany:
        messages.error(request, gettext("Too many commands are under way to this device; wait."))
    else:
        messages.success(request, gettext("The command is on its way."))
    return redirect("devices:device", device)


def _orders(device: Device) -> Sequence[Order]:
    return kind(device.kind).orders if device.in_service else ()


def _commands(device: Device) -> list[tuple[Command, Order | None, datetime, datetime | None]]:
    """Newest first: the command, its order, when it was given, when the device answered."""
    known = {order.name: order for order in kind(device.kind).orders}
    return [
        (one, known.get(one.name), moment(one.at), _moment(one.ended))
        for one in orders.of(device.id)
    ]


def _keep_reason(request: HttpRequest, device: Device, reason: str, now: datetime) -> None:
    """Keep it in the session for this device's visit; what is over is dropped."""
    kept = {id_: said for id_, said in _reasons(request).items() if said[1] > millis(now)}
    request.session[_REASONS] = kept | {device.id: [reason, millis(now) + VISIT]}


def _reason(request: HttpRequest, device: Device, now: datetime) -> str:
    """The reason given for this device's visit, "" where none is or its time is over."""
    reason, until = _reasons(request).get(device.id, ["", 0])
    return reason if until > millis(now) else ""


def _reasons(request: HttpRequest) -> dict[str, Any]:
    return dict(request.session.get(_REASONS, {}))


def _chart(request: HttpRequest, device: Device, now: datetime) -> dict[str, Any]:
    """What the chart needs: the field and span asked for, and the curve, None where it is empty."""
    fields = {field.name: field for field in readings.drawable(kind(device.kind))}
    field = fields.get(request.GET.get("field", "")) or next(iter(fields.values()), None)
    span = request.GET.get("span", "")
    hours = SPANS.get(span, SPANS["24h"])[0]
    until = millis(now)
    since = until - hours * 3_600_000
    drawn, failed = _drawn(device, field, since, until)
    return {
        "fields": fields.values(),
        "field": field,
        "span": span if span in SPANS else "24h",
        "spans": [Choice(code, name) for code, (_hours, name) in SPANS.items()],
        "since": _moment(since),
        "until": _moment(until),
        "curve": drawn,
        "failed": failed,
    }


def _drawn(
    device: Device, field: Field | None, since: int, until: int
) -> tuple[Curve | None, bool]:
    if field is None:
        return None, False
    try:
        found = readings.series(device, field.name, since, until)
    except (PartMissing, PartDamaged):
        return None, True
    return curve(found.time, found.value, since, until, gaps=found.gaps), False


def _sites(codes: list[str]) -> list[Choice]:
    labels = places.many_labels(codes)
    return [Choice(code, labels[code]) for code in codes]


def _arrived(device: Device) -> datetime | None:
    state = getattr(device, "state", None)
    return _moment(state.arrival) if state else None


def _moment(ms: int) -> datetime | None:
    return moment(ms) if ms else None
