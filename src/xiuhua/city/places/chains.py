"""What a spot lies in, from the most particular to the widest: flat, building, compound or road,
the grid whose outline holds it, committee, sub-district."""

from __future__ import annotations

from collections.abc import Iterable

from .models import Kind, Place
from .queries import holds

WIDE = (Kind.GRID, Kind.COMMITTEE, Kind.SUBDISTRICT, Kind.DISTRICT, Kind.CITY)
"""What is wider than a site."""


class Chains:
    """The chains of these places; looked up in two queries, however many are asked for then."""

    def __init__(self, codes: Iterable[str]) -> None:
        known = Place.objects.filter(code__in=set(codes)).values_list("code", "path", "lon", "lat")
        self._known = {code: (path, lon, lat) for code, path, lon, lat in known}
        wide = list(Place.objects.filter(kind__in=WIDE).order_by("code"))
        self._wide = {one.code for one in wide}
        self._grids = [one for one in wide if one.kind == Kind.GRID and one.geometry]

    def of(self, place: str, site: str, spot: tuple[float, float] | None = None) -> tuple[str, ...]:
        """The codes for a place of a site, its own first; `spot` (longitude, latitude) where it is
        known better than by the place."""
        path, lon, lat = self._known.get(place) or self._known.get(site) or ("", None, None)
        above = path.rstrip("/").split("/")[::-1]
        near = [code for code in above if code not in self._wide]
        far = [code for code in above if code in self._wide]
        lon, lat = spot or (lon, lat)
        return tuple(filter(None, dict.fromkeys([*near, site, *self._grid(lon, lat), *far])))

    def _grid(self, lon: float | None, lat: float | None) -> list[str]:
        if lon is None or lat is None:
            return []
        return [one.code for one in self._grids if holds(one.geometry, lon, lat)][:1]
