"""The matrix of responsibility as CSV: out as it stands, in as a whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from xiuhua.city import sheets
from xiuhua.city.cases import queries as cases
from xiuhua.city.places import queries as places
from xiuhua.city.sheets import BadRow
from xiuhua.city.staff import commands as staff_commands
from xiuhua.city.staff import queries as staff

from . import queries

COLUMNS = ("class", "place", "main", "helper")

Units = Mapping[tuple[str, str], tuple[str, ...]]
"""The main unit and the helping one by class and place."""


def export() -> str:
    """The rows for more or less than one class at one site, then every class at every site with its
    units, as it stands."""
    table = queries.matrix()
    rows: list[tuple[str, ...]] = [
        (row.case_class, row.place, row.main, row.helper) for row in table.others
    ]
    for of, cells in table.classes:
        rows += [(of.code, cell.site, *(*cell.teams, "", "")[:2]) for cell in cells]
    return sheets.written(COLUMNS, rows)


@transaction.atomic
def bring_in(text: str, *, by: str, now: datetime) -> int:
    """Take over what differs from what stands; returns how many rows were added. Raises BadSheet.

    What is said of more or less than one class at one site comes first: the fields of the table
    are compared with what follows from it."""
    told, before = _read(text), queries.matrix()
    sites = dict(before.sites)
    others = {key: units for key, units in told.items() if not key[0] or key[1] not in sites}
    stands = {(row.case_class, row.place): (row.main, row.helper) for row in before.others}
    count = _put(others, stands, by, now)
    fields = {
        (of.code, cell.site): (*cell.teams, "", "")[:2]
        for of, cells in queries.matrix().classes
        for cell in cells
    }
    rest = {key: units for key, units in told.items() if key not in others}
    return count + _put(rest, fields, by, now)


def _put(told: Units, stands: Units, by: str, now: datetime) -> int:
    changed = [key for key in told if stands.get(key, ("", "")) != told[key]]
    for case_class, place in changed:
        main, helper = told[case_class, place]
        staff_commands.set_responsible(
            case_class=case_class, place=place, main=main, helper=helper, by=by, now=now
        )
    return len(changed)


def _read(text: str) -> Units:
    """The file's rows by class and place, the main unit and the helping one."""
    rows = list(sheets.rows(text, COLUMNS))
    teams = {team.code for team in staff.teams()} | {""}
    known = {
        "class": {one.code for one in cases.classes()} | {""},
        "place": places.known(told["place"] for _line, told in rows) | {""},
        "main": teams,
        "helper": teams,
    }
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line, told in rows:
        for column in COLUMNS:
            if told[column] not in known[column]:
                raise BadRow(line, column, told[column])
        key = told["class"], told["place"]
        if key == ("", "") or key in found:  # everything everywhere is nobody's
            raise BadRow(line, "class", told["class"])
        found[key] = told["main"], told["helper"] if told["main"] else ""
    return found
