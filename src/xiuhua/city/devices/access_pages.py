"""Pages about what devices and gateways log in with: its state and history, a new secret, its
withdrawal, and a device's end of service."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.epoch import moment, now_ms

from . import codes, commands, credentials, queries
from .models import Device, Gateway


@needs("device.access")
def gateways(request: HttpRequest) -> HttpResponse:
    """The gateways in service, each with a way to its access page."""
    rows = [(one, queries.credential(one.id)) for one in queries.gateways()]
    return render(request, "devices/gateways.html", {"default_cloth": "paper", "rows": rows})


@needs("device.retire")
@require_POST
def retire_gateway(request: HttpRequest, holder: str) -> HttpResponse:
    """Take a gateway out of service; its page says what its devices do from now on."""
    if queries.gateway(holder) is None:
        raise Http404
    if commands.retire_gateway(id=holder, by=request.user.get_username(), now=now_ms()):
        messages.success(request, _("The gateway is out of service; its connections end now."))
    else:
        messages.info(request, _("It was out of service already."))
    return redirect("devices:access", holder)


@needs("device.access")
@never_cache
@require_POST
def make_code(request: HttpRequest, holder: str) -> HttpResponse:
    """Make a one-time code for it and show that, this once."""
    _known(holder)
    try:
        made = codes.make(holder=holder, by=request.user.get_username(), now=now_ms())
    except codes.CannotMake:
        messages.error(request, _("It is out of service, or too many codes are open."))
        return redirect("devices:access", holder)
    return _page(request, holder, made=made)


@needs("device.access")
@never_cache
def access(request: HttpRequest, holder: str) -> HttpResponse:
    """What a device or gateway logs in with: since when, last used when, and what was done."""
    return _page(request, holder)


@needs("device.access")
@never_cache
@require_POST
def rotate(request: HttpRequest, holder: str) -> HttpResponse:
    """Give it a new secret and show that, this once."""
    _known(holder)
    try:
        secret = credentials.rotate(id=holder, by=request.user.get_username(), now=now_ms())
    except credentials.NotInService:
        messages.error(request, _("It is out of service and gets no secret."))
        return redirect("devices:access", holder)
    return _page(request, holder, secret)


@needs("device.access")
@require_POST
def revoke(request: HttpRequest, holder: str) -> HttpResponse:
    """Withdraw its secrets: its open connections end within about a second."""
    _known(holder)
    if credentials.revoke(id=holder, by=request.user.get_username(), now=now_ms()):
        messages.success(request, _("Its secret is withdrawn; its connections end now."))
    else:
        messages.info(request, _("It had no secret."))
    return redirect("devices:access", holder)


@needs("device.retire")
@require_POST
def retire(request: HttpRequest, device: str) -> HttpResponse:
    """Take a device out of service."""
    if queries.one(device) is None:
        raise Http404
    by = request.user.get_username()
    if commands.retire(ids=[device], by=by, now=now_ms()):
        messages.success(request, _("The device is out of service."))
    else:
        messages.info(request, _("It was out of service already."))
    return redirect("devices:device", device)


def _page(
    request: HttpRequest, holder: str, secret: str = "", made: codes.Made | None = None
) -> HttpResponse:
    known = _known(holder)
    held = queries.credential(holder)
    seen = {
        "default_cloth": "paper",
        "holder": known,
        "is_device": isinstance(known, Device),
        "may_retire": may(request.user, "device.retire"),
        "has_secret": held is not None and bool(held.secret),
        "issued": _moment(held.issued) if held else None,
        "used": _moment(held.used) if held else None,
        "until": _moment(held.before_until) if held and held.before else None,
        "steps": [(step, moment(step.at)) for step in reversed(queries.steps(holder))],
        "secret": secret,
        "made": made,
        "made_until": moment(made.until) if made else None,
        "codes": [(one, moment(one.until)) for one in codes.open_codes(now_ms(), holder)],
        "through": queries.speaking_through(holder) if isinstance(known, Gateway) else (0, 0),
    }
    return render(request, "devices/access.html", seen)


def _known(holder: str) -> Device | Gateway:
    known = queries.one(holder) or queries.gateway(holder)
    if known is None:
        raise Http404
    return known


def _moment(ms: int) -> datetime | None:
    return moment(ms) if ms else None
