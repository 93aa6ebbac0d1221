"""Pages that bring devices in: a CSV of many, a one-time code for one that is about to be hung."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from xiuhua.city.access import needs
from xiuhua.epoch import moment, now_ms
from xiuhua.kinds import all_kinds

from . import codes, enrolment


@needs("device.access")
@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """Where devices are brought in."""
    return _page(request)


@needs("device.access")
@never_cache
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Register what a CSV names, and hand out their secrets as a file, this once."""
    file = request.FILES.get("file")
    content = file.read(enrolment.BYTES_MOST + 1) if file else b""
    now = now_ms()
    try:
        secrets = enrolment.enrol(content, by=request.user.get_username(), now=now)
    except enrolment.CannotEnrol as error:
        return _page(request, wrong=error.wrong, status=422)
    answer = HttpResponse(enrolment.as_csv(secrets), content_type="text/csv; charset=utf-8")
    name = f"secrets-{moment(now):%Y%m%d-%H%M%S}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@needs("device.access")
@never_cache
@require_POST
def make_code(request: HttpRequest) -> HttpResponse:
    """Make a one-time code for a new device of a kind in a place, and show it, this once."""
    kind, place = request.POST.get("kind", ""), request.POST.get("place", "").strip()
    by = request.user.get_username()
    try:
        made = codes.make(kind=kind, place=place, by=by, now=now_ms())
    except codes.CannotMake:
        said = _("There is no such kind, no such place with a spot on the map, or too many codes.")
        messages.error(request, said)
        return redirect("devices:enrol")
    return _page(request, made=made)


@needs("device.access")
@require_POST
def end_code(request: HttpRequest, code: int) -> HttpResponse:
    """Withdraw a code that nobody has used."""
    if codes.revoke(id=code, by=request.user.get_username(), now=now_ms()):
        messages.success(request, _("The code is withdrawn."))
    else:
        messages.info(request, _("The code was over already."))
    return redirect("devices:enrol")


def _page(
    request: HttpRequest,
    *,
    wrong: list[enrolment.Wrong] | None = None,
    made: codes.Made | None = None,
    status: int = 200,
) -> HttpResponse:
    now = now_ms()
    shown = {
        "default_cloth": "paper",
        "wrong": wrong,
        "made": made,
        "made_until": moment(made.until) if made else None,
        "codes": [(one, moment(one.until)) for one in codes.open_codes(now)],
        "kinds": all_kinds(),
        "needed": ",".join(enrolment.NEEDED),
        "others": ",".join(enrolment.COLUMNS[len(enrolment.NEEDED) :]),
    }
    return render(request, "devices/enrol.html", shown, status=status)
