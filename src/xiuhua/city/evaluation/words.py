"""What keys of subjects are called in the reader's language, and rates as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from xiuhua.city.cases import queries as cases
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from . import queries

BY = {
    "team": _("Departments"),
    "site": _("Places"),
    "case_class": _("Classes"),
    "source": _("Sources"),
    "acceptor": _("Acceptors"),
    "verifier": _("Verifiers"),
    "dispatcher": _("Dispatchers"),
    "handler": _("Handlers"),
    "inspector": _("Inspectors"),
}
"""What can be evaluated, in the order of the page's tabs."""

PARTS = {
    "numerator": _("counted above the line"),
    "denominator": _("counted below the line"),
    "missing": _("below the line but not above"),
}


_DAYS = {
    "opened": _("the day on which it was reported"),
    "handle_at": _("the day on which it was handled"),
    "close_at": _("the day on which it was closed"),
}


def day(at: str) -> str:
    """Into which day a count falls, by the column that says it."""
    return str(_DAYS.get(at, _("the day on which it was due")))


def names(by: str, keys: Iterable[str]) -> dict[str, str]:
    """By key of a subject, its name; a key that nobody knows is not among them."""
    nobody = {queries.NOBODY: str(_("No team's yet") if by == "team" else _("Nobody's yet"))}
    return nobody | _names(by, [key for key in keys if key])


def _names(by: str, wanted: list[str]) -> dict[str, str]:
    if by == "site":
        return places.many_labels(wanted)
    if by == "team":
        return {team.code: team.name for team in staff.teams()}
    if by == "case_class":
        return cases.class_names()
    if by == "source":
        return cases.source_names()
    return {name: member.name for name, member in staff.members(wanted).items()}


def percent(rate: float | None) -> str:
    """A rate as people read it: one decimal, "—" where nothing was due."""
    return "—" if rate is None else f"{100 * rate:.1f}%"
