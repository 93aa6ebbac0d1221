"""Which team a case goes to: whose its class is at its site by the matrix of responsibility, else
the kind that its class names, the team that serves its site."""

from __future__ import annotations

from django.conf import settings

from xiuhua.city.staff import queries as staff

FALLBACK = "duty"
"""Who takes what nobody else can: the command centre."""


def team_for(*, case_class: str, kind: str, site: str) -> str:
    """Whose it is; by kind the team of that kind that serves the site, its own before a general
    one; the duty team where there is none; "" where not even that exists."""
    if own := staff.responsible(case_class, site):
        return own.main
    return usual_team(kind=kind, site=site)


def usual_team(*, kind: str, site: str) -> str:
    """The team that no row of the matrix has been asked about."""
    serving = staff.teams(kind=kind, site=site) or staff.teams(kind=FALLBACK, site=site)
    return serving[0].code if serving else ""


def fallback() -> str:
    """The named unit of last resort 兜底单位, else the command centre's team; "" where not even
    that exists."""
    if settings.CASE_FALLBACK and staff.team(settings.CASE_FALLBACK):
        return settings.CASE_FALLBACK
    centre = staff.teams(kind=FALLBACK)
    return centre[0].code if centre else ""
