"""Orders as a table: for a street whose hotline has nothing but exports. Every row is read by
itself; what is wrong with one is said beside its number, and the others are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from pydantic import ValidationError

from xiuhua.city import sheets
from xiuhua.city.cases.intake import NotDone, classes
from xiuhua.city.sheets import BadSheet

from . import commands
from .api import OrderIn
from .commands import NewOrder, NotTaken
from .models import Partner

MOST_ROWS = 2000
COLUMNS = {
    "number": ("工单编号", "工单号", "编号"),
    "words": ("内容", "诉求内容", "反映内容"),
    "case_class": ("类别", "类别代码"),
    "place": ("地点代码",),
    "address": ("地址", "地点", "事发地址"),
    "lon": ("经度",),
    "lat": ("纬度",),
    "name": ("姓名", "来电人"),
    "phone": ("电话", "联系电话"),
}
"""Our name of each column, and what exports call it."""

NEEDED = ("number", "words")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of a row: its line in the file, its order, our case, or what is wrong."""

    line: int
    number: str
    case: str = ""
    fresh: bool = False
    wrong: str = ""


def take(partner: Partner, raw: bytes, *, by: str, now: datetime) -> list[Row]:
    """Take in the orders of a CSV file (UTF-8 or GB 18030). Raises `BadSheet`."""
    rows = list(_rows(raw))
    by_name = {one.zh: one.code for one in classes()}
    return [_take(partner, line, facts, by_name, by, now) for line, facts in rows]


def _take(
    partner: Partner, line: int, facts: dict[str, str], by_name: dict[str, str], by: str,
    now: datetime,
) -> Row:  # fmt: skip
    number = facts.get("number", "")
    facts["case_class"] = by_name.get(facts.get("case_class", ""), facts.get("case_class", ""))
    try:
        told = OrderIn.model_validate({name: said for name, said in facts.items() if said})
        new = NewOrder(**told.dict(exclude={"photos"}))
        taken = commands.take_order(partner, new, by=by, now=now)
    except ValidationError as wrong:
        return Row(line=line, number=number, wrong=_sentence(wrong))
    except (NotTaken, NotDone) as refused:
        return Row(line=line, number=number, wrong=str(refused))
    return Row(line=line, number=number, case=taken.order.case.number, fresh=taken.fresh)


def _sentence(wrong: ValidationError) -> str:
    """Which columns are wrong, by the names that exports give them; never what stood there."""
    names = dict.fromkeys(str(one["loc"][0]) for one in wrong.errors() if one["loc"])
    columns = "、".join(COLUMNS.get(name, (name,))[0] for name in names)
    return _("Please look at: %(columns)s") % {"columns": columns}


def _rows(raw: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    found = sheets.lines(sheets.text(raw), MOST_ROWS)
    head = [_column(title) for title in next(found, (1, []))[1]]
    if missing := [COLUMNS[name][0] for name in NEEDED if name not in head]:
        said = {"columns": "、".join(missing)}
        raise BadSheet(_("These columns are missing: %(columns)s") % said)
    for line, cells in found:
        yield line, dict(zip(head, cells, strict=False))


def _column(title: str) -> str:
    said = title.strip()
    return next((name for name, others in COLUMNS.items() if said in (name, *others)), said)
