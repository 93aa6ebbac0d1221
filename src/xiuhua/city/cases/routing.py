"""Whose a case is: by the matrix of responsibility 责任矩阵, else the team of the kind that its
class names that serves its site, else the unit of last resort 兜底单位."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from xiuhua.city.places.chains import Chains
from xiuhua.city.staff import queries as staff

from .models import Case

FALLBACK = "duty"
"""Who takes what nobody else can: the command centre."""


class Matrix:
    """The matrix as it stands, for matters at these places; a few queries, however many are asked
    about then."""

    def __init__(self, places: Iterable[str]) -> None:
        self.rows = staff.responsibilities()
        self._teams = staff.teams()
        self._named = _named()
        self._chains = Chains(places)

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Matrix:
        """For these cases."""
        return cls({code for case in cases for code in (case.place, case.site)})

    def teams(self, case: Case) -> tuple[str, ...]:
        """The units of a case in order, the main one first; none where the house has no team."""
        kind = case.standard.team_kind if case.standard else case.case_class.team_kind
        spot = None if case.lon is None or case.lat is None else (case.lon, case.lat)
        chain = self.chain(case.place, case.site, spot)
        return self.whose(case.case_class_id, kind, chain, case.site)

    def chain(
        self, place: str, site: str, spot: tuple[float, float] | None = None
    ) -> tuple[str, ...]:
        """What a matter lies in, from the most particular to the widest (`places.chains`)."""
        return self._chains.of(place, site, spot)

    def whose(
        self, case_class: str, kind: str, chain: tuple[str, ...], site: str
    ) -> tuple[str, ...]:
        """The units for a class at what lies in these places."""
        row = staff.deciding(self.rows, case_class, chain)
        named = [row.main, row.helper] if row else self.usual(kind, site) or [self._last(site)]
        return tuple(code for code in dict.fromkeys(named) if code)

    def usual(self, kind: str, site: str) -> list[str]:
        """The teams of that kind that serve the site, its own before a general one."""
        of_kind = (team for team in self._teams if team.kind == kind)
        return [team.code for team in staff.serving(of_kind, site)]

    def _last(self, site: str) -> str:
        centre = self.usual(FALLBACK, site) or self.usual(FALLBACK, "")
        return self._named or next(iter(centre), "")


def fallback() -> str:
    """The named unit of last resort, else the command centre's team; "" where not even that
    exists."""
    if named := _named():
        return named
    centre = staff.teams(kind=FALLBACK)
    return centre[0].code if centre else ""


def _named() -> str:
    named = settings.CASE_FALLBACK
    return named if named and staff.team(named) else ""
