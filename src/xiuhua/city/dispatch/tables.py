"""The matrix of responsibility as CSV: out as it stands, in as a whole or not at all."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from django.db import transaction

from xiuhua.city.cases import queries as cases
from xiuhua.city.places import queries as places
from xiuhua.city.staff import commands as staff_commands
from xiuhua.city.staff import queries as staff

from . import queries

COLUMNS = ("class", "site", "main", "helper")
MOST_ROWS = 20_000


class BadRow(ValueError):
    """A line that cannot be; nothing was changed."""

    def __init__(self, line: int, column: str, value: str) -> None:
        super().__init__(f"line {line}, {column}: {value!r}")
        self.line, self.column, self.value = line, column, value[:40]


def export() -> str:
    """Every class at every site with its units, as it stands; as spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    _sites, table = queries.matrix()
    for one, cells in table:
        for cell in cells:
            main, helper = (*cell.teams, "", "")[:2]
            writer.writerow([one.code, cell.site, main, helper])
    return "\ufeff" + out.getvalue()


@transaction.atomic
def bring_in(text: str, *, by: str, now: datetime) -> int:
    """Take over what differs from what stands; returns how many cells changed. Raises BadRow."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if missing := set(COLUMNS) - set(reader.fieldnames or ()):
        raise BadRow(1, min(missing), "")
    known = {
        "class": {one.code for one in cases.classes()} | {""},
        "site": set(places.site_codes()) | {""},
        "main": {team.code for team in staff.teams()} | {""},
    }
    known["helper"] = known["main"]
    _sites, table = queries.matrix()
    stands = {(one.code, cell.site): cell.teams for one, cells in table for cell in cells}
    seen, changed = set(), 0
    for line, cells in enumerate(reader, 2):
        told = {column: (cells.get(column) or "").strip() for column in COLUMNS}
        for column in COLUMNS:
            if told[column] not in known[column]:
                raise BadRow(line, column, told[column])
        key = told["class"], told["site"]
        if key in seen or line > MOST_ROWS:
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
