"""Which team a case goes to: the kind that its class names, the team that serves its site."""

from __future__ import annotations

from xiuhua.city.staff import queries as staff

FALLBACK = "duty"
"""Who takes what nobody else can: the command centre."""


def team_for(*, kind: str, site: str) -> str:
    """The team of that kind that serves the site, its own before a general one; the duty team
    where there is none; "" where not even that exists."""
    serving = staff.teams(kind=kind, site=site) or staff.teams(kind=FALLBACK, site=site)
    return serving[0].code if serving else ""
