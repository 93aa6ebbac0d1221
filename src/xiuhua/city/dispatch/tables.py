"""The matrix of responsibility as CSV: out as it stands, in as a whole or not at all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xiuhua.city import sheets
from xiuhua.city.cases import queries as cases
from xiuhua.city.places import queries as places
from xiuhua.city.sheets import BadRow
from xiuhua.city.staff import commands as staff_commands
from xiuhua.city.staff import queries as staff

from . import queries

COLUMNS = ("class", "site", "main", "helper")


def export() -> str:
    """Every class at every site with its units, as it stands; as spreadsheets know UTF-8."""
    _sites, table = queries.matrix()
    return sheets.written(
        COLUMNS,
        ((of.code, cell.site, *(*cell.teams, "", "")[:2]) for of, cells in table for cell in cells),
    )


@transaction.atomic
def bring_in(text: str, *, by: str, now: datetime) -> int:
    """Take over what differs from what stands; returns how many cells changed. Raises BadRow."""
    known = {
        "class": {one.code for one in cases.classes()} | {""},
        "site": set(places.site_codes()) | {""},
        "main": {team.code for team in staff.teams()} | {""},
    }
    known["helper"] = known["main"]
    _sites, table = queries.matrix()
    stands = {(one.code, cell.site): cell.teams for one, cells in table for cell in cells}
    seen, changed = set(), 0
    for line, told in sheets.rows(text, COLUMNS):
        for column in COLUMNS:
            if told[column] not in known[column]:
                raise BadRow(line, column, told[column])
        key = told["class"], told["site"]
        if key == ("", ""):  # a row for everything everywhere is nobody's: nothing would follow it
            raise BadRow(line, "class", "")
        if key in seen:
            raise BadRow(line, "class", told["class"])
        seen.add(key)
        teams = tuple(filter(None, (told["main"], told["helper"])))
        if stands.get(key, ())[:2] != teams:
            staff_commands.set_responsible(
                case_class=key[0], site=key[1], main=told["main"], helper=told["helper"], by=by,
                now=now,
            )  # fmt: skip
            changed += 1
    return changed
