"""Cases as a table that leaves the house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from xiuhua.city.exports import Sheet
from xiuhua.city.people.queries import Contact
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff
from xiuhua.epoch import SHANGHAI

from .models import Case


def as_sheet(
    cases: Sequence[Case],
    *,
    reporters: Mapping[int, Sequence[str]] | None = None,
    contacts: Mapping[str, Contact] | None = None,
) -> Sheet:
    """One row a case, in the reader's language; with `reporters` (by case) and their `contacts`,
    who reported it as well."""
    labels = places.many_labels(case.place or case.site for case in cases)
    teams = {team.code: team.name for team in staff.teams()}
    people = staff.members(case.handler for case in cases if case.handler)
    head = [
        _("Case"), _("Title"), _("Class"), _("Place"), _("Stage"), _("Source"), _("Order number"),
        _("Unit"), _("Handler"), _("Reported at"), _("Due"), _("Ended at"), _("Life safety"),
    ]  # fmt: skip
    rows = [
        [
            case.number, case.title, case.case_class.name, labels[case.place or case.site],
            case.get_stage_display(), case.get_source_display(), case.order,
            teams.get(case.team, case.team),
            people[case.handler].name if case.handler in people else case.handler,
            _moment(case.opened), _moment(case.due), _moment(case.ended),
            _("yes") if case.life_safety else "",
        ]
        for case in cases
    ]  # fmt: skip
    if reporters is not None and contacts is not None:
        head.append(_("Reported by"))
        for row, case in zip(rows, cases, strict=True):
            told = [contacts[one] for one in reporters.get(case.pk, ()) if one in contacts]
            row.append("; ".join(f"{one.name} {one.phone}".strip() for one in told))
    return Sheet(_("Cases"), [head, *rows])


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else ""
