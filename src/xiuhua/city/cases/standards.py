"""The standard as data: rows of filing condition, limit and closing condition, put by loading a
neighbourhood, edited on a page, imported and exported as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

from django.db import transaction

from xiuhua.city import sheets
from xiuhua.city.sheets import BadRow
from xiuhua.city.staff import queries as staff
from xiuhua.neighbourhood import CaseClass as NewClass

from .clocks import IN_DAYS, BadLimit, Clock, Limit
from .models import CaseClass, StageLimit, Standard
from .queries import alert_row
from .reckoning import reckon_open
from .ways import Stage

COLUMNS = (
    "code", "class", "sort", "number", "class_zh", "class_en", "life_safety", "condition_zh",
    "condition_en", "clock", "amount", "closing_zh", "closing_en", "team", "origin", "active",
)  # fmt: skip
"""Of the CSV. `amount` is in hours for the clocks of hours, in days for those of days."""

_CLASS_COLUMNS = ("sort", "number", "zh", "en", "team_kind", "life_safety")
_ROW_COLUMNS = (
    "case_class", "condition_zh", "condition_en", "clock", "amount", "closing_zh", "closing_en",
    "team_kind", "origin", "active",
)  # fmt: skip
_SORTS = {"event", "component"}
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@transaction.atomic
def put_classes(*, classes: Iterable[NewClass]) -> int:
    """Put classes of case into the table, over known ones, each with the standard row by which its
    alerts are filed; what was edited here stays. Returns how many."""
    given = list(classes)
    rows = [
        CaseClass(
            code=new.code, sort=new.sort, number=new.number, zh=new.zh, en=new.en,
            team_kind=new.team, life_safety=new.life_safety,
        )
        for new in given
    ]  # fmt: skip
    CaseClass.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=_CLASS_COLUMNS
    )
    _put(
        Standard(
            code=alert_row(new.code), case_class_id=new.code, condition_zh=f"告警：{new.zh}",
            condition_en=f"Alert: {new.en}", clock=Clock.URGENT, amount=new.limit_minutes,
            closing_zh=new.closing.zh, closing_en=new.closing.en, team_kind=new.team,
        )
        for new in given
    )  # fmt: skip
    return len(given)


def put_standards() -> int:
    """Put this project's own default table, over what it was; what was edited here stays, and so do
    classes that are there already."""
    text = (files(__package__) / "standards.csv").read_text(encoding="utf-8")
    classes, rows = _read(text)
    with transaction.atomic():
        CaseClass.objects.bulk_create(classes.values(), ignore_conflicts=True)
        return _put(rows)


def _put(rows: Iterable[Standard]) -> int:
    local = Standard.objects.filter(origin=Standard.Origin.LOCAL)
    kept = set(local.values_list("code", flat=True))
    fresh = [row for row in rows if row.code not in kept]
    Standard.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["code"], update_fields=_ROW_COLUMNS
    )
    return len(fresh)


@transaction.atomic
def import_csv(text: str) -> int:
    """Take a table over from CSV (`COLUMNS`): its rows are added or changed, and count as edited
    here; rows that it does not name stay. All or nothing; returns how many. Raises `BadRow`."""
    classes, rows = _read(text)
    for row in rows:
        row.origin = Standard.Origin.LOCAL
    CaseClass.objects.bulk_create(
        classes.values(), update_conflicts=True, unique_fields=["code"],
        update_fields=_CLASS_COLUMNS,
    )  # fmt: skip
    Standard.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=_ROW_COLUMNS
    )
    return len(rows)


def export_csv() -> str:
    """The whole table as CSV, as `import_csv` reads it; with a mark by which spreadsheets know
    UTF-8."""
    cells = (
        (
            row.code, of.code, of.sort, of.number, of.zh, of.en, int(of.life_safety),
            row.condition_zh, row.condition_en, row.clock, told_amount(row.clock, row.amount),
            row.closing_zh, row.closing_en, row.team_kind, row.origin, int(row.active),
        )
        for row in Standard.objects.select_related("case_class")
        for of in (row.case_class,)
    )  # fmt: skip
    return sheets.written(COLUMNS, cells)


def told_amount(clock: str, amount: int) -> str:
    """An amount as people say it: hours, or days. 15 minutes are 0.25 hours."""
    return str(amount) if clock in IN_DAYS else f"{amount / 60:g}"


def read_amount(clock: Clock, text: str) -> int:
    """Hours or days as people write them, as the amount of a limit. Raises ValueError."""
    amount = int(text) if clock in IN_DAYS else round(float(text) * 60)
    Limit(clock, amount)
    return amount


@transaction.atomic
def edit(*, code: str, clock: Clock, amount: int, team_kind: str, active: bool,
         words: Mapping[str, str]) -> Standard:  # fmt: skip
    """Change a row: what is filed from now on follows it, what is filed already keeps its limit.
    `words` are the four texts. Raises `BadLimit`, `Standard.DoesNotExist`."""
    Limit(clock, amount)
    row = Standard.objects.select_for_update().get(code=code)
    row.clock, row.amount, row.team_kind, row.active = clock, amount, team_kind, active
    for field in ("condition_zh", "condition_en", "closing_zh", "closing_en"):
        setattr(row, field, words[field].strip())
    row.origin = Standard.Origin.LOCAL
    row.save()
    return row


@transaction.atomic
def set_stage_limit(*, stage: Stage, limit: Limit) -> None:
    """Set how long a case may wait at a stage; open cases are reckoned anew."""
    StageLimit.objects.update_or_create(
        stage=stage, defaults={"clock": limit.clock, "amount": limit.amount}
    )
    reckon_open()


def _read(text: str) -> tuple[dict[str, CaseClass], list[Standard]]:
    classes: dict[str, CaseClass] = {}
    rows: list[Standard] = []
    seen: set[str] = set()
    for line, told in sheets.rows(text, COLUMNS, optional=("origin", "active")):
        rows.append(_row(line, told))
        if told["code"] in seen:
            raise BadRow(line, "code", told["code"])
        seen.add(told["code"])
        classes[told["class"]] = CaseClass(
            code=told["class"], sort=told["sort"], number=told["number"], zh=told["class_zh"],
            en=told["class_en"], team_kind=told["team"], life_safety=told["life_safety"] == "1",
        )  # fmt: skip
    return classes, rows


def _row(line: int, told: Mapping[str, str]) -> Standard:
    for column in ("code", "class", "class_zh", "class_en", "condition_zh",
                   "condition_en"):  # fmt: skip
        longest = {"code": 48, "class": 40, "class_zh": 80, "class_en": 80}.get(column, 300)
        if not 0 < len(told[column]) <= longest:
            raise BadRow(line, column, told[column])
    for column in ("code", "class"):  # they stand in addresses of pages
        if not _PLAIN.fullmatch(told[column]):
            raise BadRow(line, column, told[column])
    for column, good in (("sort", _SORTS), ("team", staff.team_kinds()), ("clock", set(Clock))):
        if told[column] not in good:
            raise BadRow(line, column, told[column])
    clock = Clock(told["clock"])
    try:
        amount = read_amount(clock, told["amount"])
    except (ValueError, BadLimit, OverflowError) as bad:
        raise BadRow(line, "amount", told["amount"]) from bad
    return Standard(
        code=told["code"], case_class_id=told["class"], condition_zh=told["condition_zh"],
        condition_en=told["condition_en"], clock=clock, amount=amount,
        closing_zh=told["closing_zh"], closing_en=told["closing_en"], team_kind=told["team"],
        active=told["active"] != "0",
    )  # fmt: skip
