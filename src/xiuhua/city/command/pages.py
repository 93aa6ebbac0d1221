"""The live page, its drawing and its feed."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition

from xiuhua.city.access import may, needs
from xiuhua.city.almanac.queries import shift
from xiuhua.city.places import queries as places

from .hub import hub
from .queries import here, name_of
from .templatetags.web import first_room


def live(request: HttpRequest) -> HttpResponseBase:
    """The way in: the live page, or the first room of those whose work it is not."""
    own = first_room(request.user)
    if own is None or own.address == "command:live":
        return _live(request)
    return redirect(own.address)


@needs("live.view")
def _live(request: HttpRequest) -> HttpResponse:
    """The live page; the island fetches what it shows."""
    now = shift(datetime.now(UTC))
    word = "en" if get_language() == "en" else "zh"
    where = {"here": here()[word], "shift": getattr(now, word), "officer": name_of(request.user)}
    road = {"may_see_road": may(request.user, "road.look")}
    return render(request, "command/live.html", where | road)


def _drawing_tag(request: HttpRequest) -> str:  # noqa: ARG001
    return f'"{sha256(places.drawing().encode()).hexdigest()[:32]}"'


@needs("live.view")
@gzip_page
@condition(etag_func=_drawing_tag)
def drawing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The base drawing of the map as GeoJSON; browsers keep it and ask whether it has changed."""
    headers = {"Cache-Control": "private, no-cache"}
    return HttpResponse(places.drawing(), content_type="application/geo+json", headers=headers)


@needs("live.view")  # type: ignore[arg-type]  # it takes coroutines too
async def live_feed(request: HttpRequest) -> StreamingHttpResponse:
    """The feed as server-sent events, on from the Last-Event-ID, else from `after`."""
    asked = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = int(asked) if asked.isdecimal() and len(asked) < 20 else -1
    who = await request.auser()
    await sync_to_async(connections.close_all)()  # a stream lasts long: it must not keep one
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(
        hub().follow(after, who), content_type="text/event-stream", headers=headers
    )
