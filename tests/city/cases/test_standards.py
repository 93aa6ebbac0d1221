"""The standard as data: what comes with the house is whole; out and in again it is the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.city.alerts.world import CLASSES
from xiuhua.city import sheets
from xiuhua.city.cases import standards
from xiuhua.city.cases.clocks import IN_DAYS, Clock, Limit
from xiuhua.city.cases.models import CaseClass, StageLimit, Standard
from xiuhua.city.cases.reckoning import stage_limits
from xiuhua.city.cases.standards import read_amount, told_amount
from xiuhua.city.cases.ways import Stage
from xiuhua.city.sheets import BadRow

pytestmark = pytest.mark.usefixtures("people")
ROWS = Path(standards.__file__).with_name("standards.csv").read_text(encoding="utf-8")


def test_the_default_table_is_whole_and_marked_as_ours() -> None:
    count = standards.put_standards()
    rows = list(csv.DictReader(io.StringIO(ROWS)))
    assert count == len(rows) > 100
    assert len({row["class"] for row in rows}) > 70
    assert {row["clock"] for row in rows} == set(Clock)
    for row in rows:
        assert row["condition_zh"] and row["closing_zh"] and row["closing_en"]
        assert row["condition_en"].isascii()
        assert len(row["number"]) == 4
    assert set(Standard.objects.values_list("origin", flat=True)) == {"ours"}
    numbers = {(row["sort"], row["number"]): row["class"] for row in rows}
    assert len(numbers) == len({row["class"] for row in rows}), "one class a number"


def test_loading_again_leaves_alone_what_was_edited_here() -> None:
    standards.put_standards()
    words = {"condition_zh": "三盏灯", "condition_en": "Three lamps", "closing_zh": "亮",
             "closing_en": "Lit"}  # fmt: skip
    standards.edit(code="street-lamp-1", clock=Clock.HOURS, amount=90, team_kind="repair",
                   active=True, words=words)  # fmt: skip
    standards.put_standards()
    row = Standard.objects.get(code="street-lamp-1")
    assert (row.condition_zh, row.amount, row.origin) == ("三盏灯", 90, "local")


def test_out_and_in_again_it_is_the_same() -> None:
    standards.put_standards()
    before = list(Standard.objects.order_by("code").values())
    exported = standards.export_csv()
    Standard.objects.all().delete()
    CaseClass.objects.all().delete()
    assert standards.import_csv(exported) == len(before)
    again = list(Standard.objects.order_by("code").values())
    assert [row | {"origin": "ours"} for row in again] == before
    assert {row["origin"] for row in again} == {"local"}


def line(**changed: str) -> str:
    row = next(csv.DictReader(io.StringIO(ROWS)))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerow(row | {"code": "street-dog-1", "class": "street-dog"})
    writer.writerow(row | changed)
    return out.getvalue()


@pytest.mark.parametrize(("changed", "column"), [
    ({"clock": "weeks"}, "clock"), ({"amount": "0"}, "amount"), ({"amount": "-2"}, "amount"),
    ({"amount": "nan"}, "amount"), ({"amount": "inf"}, "amount"), ({"amount": ""}, "amount"),
    ({"clock": "days", "amount": "1.5"}, "amount"), ({"team": "army"}, "team"),
    ({"sort": "thing"}, "sort"), ({"code": ""}, "code"), ({"condition_zh": ""}, "condition_zh"),
    ({"code": "x" * 60}, "code"), ({"code": "street-dog-1"}, "code"), ({"code": "a b/c"}, "code"),
    ({"amount": "9999"}, "amount"),
])  # fmt: skip
def test_a_wrong_row_brings_nothing_in(changed: dict[str, str], column: str) -> None:
    with pytest.raises(BadRow) as bad:
        standards.import_csv(line(**changed))
    assert (bad.value.line, bad.value.column) == (3, column)
    assert not Standard.objects.filter(case_class="street-dog").exists()


def test_what_is_no_such_table_says_which_column_is_missing() -> None:
    with pytest.raises(BadRow) as bad:
        standards.import_csv("a,b\n1,2\n")
    assert bad.value.line == 1


@given(clock=st.sampled_from(Clock), amount=st.integers(1, 366))
def test_an_amount_reads_as_it_is_told(clock: Clock, amount: int) -> None:
    amount = amount if clock in IN_DAYS else amount * 15
    assert read_amount(clock, told_amount(clock, amount)) == amount


def client(people: dict[str, User], who: str) -> Client:
    found = Client()
    found.force_login(people[who])
    return found


EDIT = {
    "condition_zh": "坏", "condition_en": "broken", "clock": "workdays", "amount": "2",
    "closing_zh": "好", "closing_en": "mended", "team_kind": "repair", "active": "on",
}  # fmt: skip


def test_the_table_is_edited_on_its_page_by_those_who_may(people: dict[str, User]) -> None:
    leader, looker = client(people, "leader"), client(people, "acceptor")
    for one, sees in ((leader, True), (looker, False)):
        page = one.get("/cases/standards/").content.decode()
        assert all(row[1] in page for row in CLASSES)
        assert ("/cases/standards/device-care-0/" in page) is sees
    assert looker.post("/cases/standards/device-care-0/", EDIT).status_code == 403
    part_of_a_day = leader.post("/cases/standards/device-care-0/", EDIT | {"amount": "1.5"})
    assert part_of_a_day.status_code == 422
    assert leader.post("/cases/standards/none/", EDIT).status_code == 404
    assert leader.post("/cases/standards/device-care-0/", EDIT).status_code == 302
    row = Standard.objects.get(code="device-care-0")
    assert (row.limit, row.origin) == (Limit(Clock.WORKDAYS, 2), "local")
    assert "2 工作日" in looker.get("/cases/standards/?q=坏").content.decode()
    assert "没有符合的标准" in looker.get("/cases/standards/?q=zzz").content.decode()


def test_csv_goes_out_and_comes_in_by_the_page(people: dict[str, User]) -> None:
    leader = client(people, "leader")
    exported = leader.get("/cases/standards.csv").content
    assert exported.startswith(b"\xef\xbb\xbf")

    def bring(raw: bytes) -> str:
        sent = {"file": SimpleUploadedFile("s.csv", raw, "text/csv")}
        return leader.post("/cases/standards/import", sent, follow=True).content.decode()

    assert "已导入 2 行" in bring(exported)
    assert "第 3 行，clock" in bring(line(clock="weeks").encode())
    assert "已导入 2 行" in bring(exported.decode("utf-8-sig").encode("gb18030")), (
        "as Excel saves it"
    )
    assert "不是 CSV 表格" in bring(b"\xff\xd8\0\0 a photo")
    assert "不是 CSV 表格" in bring(exported + b'\n"an open quotation')
    assert "文件超过 2 MB" in bring(exported + b"\n" * sheets.MOST_BYTES), "a part was taken"
    assert client(people, "acceptor").post("/cases/standards/import").status_code == 403


def test_stages_wait_as_long_as_the_page_says(people: dict[str, User]) -> None:
    leader = client(people, "leader")
    leader.post("/cases/standards/stages/filed", {"clock": "hours", "amount": "0.5"})
    assert stage_limits()[Stage.FILED] == Limit(Clock.HOURS, 30)
    leader.post("/cases/standards/stages/filed", {"clock": "hours", "amount": "-1"})
    assert StageLimit.objects.get().amount == 30
    assert leader.post("/cases/standards/stages/closed", {}).status_code == 404
