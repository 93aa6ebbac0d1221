"""Where is it? The map's drawing and what is near a spot, for every form that asks for a place; and
posters with a code that opens the public form with the place filled in."""

from __future__ import annotations

import segno
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from xiuhua.city.access import needs, open_to_all
from xiuhua.city.places import queries as places


@open_to_all("nothing but places that anybody can walk to; flats are left out")
@require_POST
def near(request: HttpRequest) -> HttpResponse:
    """The places nearest to `lon`, `lat` (WGS-84) and the unit grid there."""
    try:
        lon, lat = float(request.POST["lon"]), float(request.POST["lat"])
    except (KeyError, ValueError):
        return JsonResponse({"near": [], "grid": ""}, status=422)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return JsonResponse({"near": [], "grid": ""}, status=422)
    found = [
        {"code": one.code, "label": one.label, "metres": round(far)}
        for one, far in places.near(lon, lat)
    ]
    grid = places.grid_at(lon, lat)
    return JsonResponse({"near": found, "grid": grid.label if grid else ""})


@open_to_all("the base drawing of the map: streets and houses, no people and no devices")
def drawing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The base drawing of the map as GeoJSON."""
    headers = {"Cache-Control": "public, max-age=3600"}
    return HttpResponse(places.drawing(), content_type="application/geo+json", headers=headers)


@needs("case.report")
def posters(request: HttpRequest) -> HttpResponse:
    """Every place that may have a poster."""
    return render(request, "public/posters.html", {"places": places.reportable()})


@needs("case.report")
def poster(request: HttpRequest, place: str) -> HttpResponse:
    """A place's poster, to be printed: the code opens the public form there."""
    found = places.place(place)
    if found is None or place not in dict(places.reportable()):
        raise Http404
    address = request.build_absolute_uri(f"{reverse('public:start')}?place={place}")
    drawn = segno.make(address, error="q", micro=False)
    svg = drawn.svg_inline(scale=8, border=4, dark="#000", light="#fff", omitsize=True)
    shown = {"place": found, "address": address, "code": SafeString(svg), "default_cloth": "paper"}
    return render(request, "public/poster.html", shown)
