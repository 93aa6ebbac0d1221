"""Rates by subject: what falls into a period, what is left out, a sum that anybody can check."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.city.conftest import Hire
from tests.city.evaluation.conftest import DAY, JUNE, Put
from xiuhua.city import exports
from xiuhua.city.evaluation import pages, periods, queries, shown
from xiuhua.city.evaluation.indicators import BadIndicator, indicators, parse
from xiuhua.city.evaluation.models import Fact
from xiuhua.city.evaluation.queries import Value

FIXTURE = HealthCheck.function_scoped_fixture
LATER = JUNE + 100 * DAY
MONTH = periods.read("2026-06", LATER)
NOON = JUNE.replace(day=15, hour=4)
"""15 June at noon in Shanghai, when the document asks."""
DOC = Path(__file__).parents[3] / "docs" / "concepts" / "evaluation.md"


def rate(
    code: str, by: str = "team", key: str = "A", period: str = "2026-06", now: datetime = LATER
) -> Value:
    rows = {row.key: row for row in queries.table(by, periods.read(period, now))}
    found = rows[key].values.get(code) if key in rows else None
    return found or Value(0, 0, 0)


# ── an example that is worked by hand in docs/concepts/evaluation.md ────────────────────────────


def june(put: Put) -> None:
    """The eight cases of the document."""
    put()
    put(handle_at=JUNE + DAY, handle_late=True, close_at=JUNE + 2 * DAY)
    put(handle_at=JUNE + DAY, handle_late=True, close_at=JUNE + 2 * DAY, exempt=True)
    put(handle_at=None, close_at=None, stage="handling")
    put(handle_at=None, close_at=None, stage="handling", suspended=True)
    put(opened=JUNE - 30 * DAY, handle_at=None, close_at=None, stage="void", void=True)
    put(opened=JUNE - 30 * DAY)
    put(handle_due=JUNE + 10 * DAY, handle_at=None, close_at=None, stage="handling")


def test_the_document_says_what_is_counted(put: Put) -> None:
    june(put)
    assert rate("handled_on_time", now=NOON) == Value(top=2, bottom=5, spared=3)
    assert rate("handled", now=NOON) == Value(top=4, bottom=5, spared=4)
    assert rate("handled_late", now=NOON) == Value(top=1, bottom=5, spared=1)
    assert rate("closed_on_time", now=NOON) == Value(top=2, bottom=5, spared=3)
    assert rate("handled", now=LATER) == Value(top=4, bottom=6, spared=4)
    text = DOC.read_text()
    for said in (
        "2 / 5 = 40.0%",
        "3 / 5 = 60.0%",
        "4 / 5 = 80.0%",
        "1 / 5 = 20.0%",
        "4 / 6 = 66.7%",
    ):
        assert said in text


def test_page_export_and_drill_down_agree_with_the_document(
    put: Put, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    june(put)
    monkeypatch.setattr(pages, "timezone", SimpleNamespace(now=lambda: NOON))
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    page = client.get("/evaluation/?by=team&period=2026-06").content.decode()
    assert re.search(r"40\.0%</a><br><span[^>]*>2/5", page)
    assert "60.0%" in page
    assert "截至 2026-06-15 12:00" in page
    answer = client.get("/evaluation/?by=team&period=2026-06&as=xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    column = [one.code for one in queries.shown("team")].index("handled_on_time") + 1
    assert any(str(row[column]).startswith("40.0% (2/5)") for row in rows)
    assert any(str(row[0]).startswith("截至 2026-06-15 12:00") for row in rows)
    query = "indicator=handled_on_time&by=team&key=A&period=2026-06"
    for part, count in (("numerator", 2), ("denominator", 5), ("missing", 3)):
        listed = client.get(f"/evaluation/cases/?{query}&part={part}").content.decode()
        assert f'<span class="number">{count}</span>' in listed
        assert "截至 2026-06-15 12:00" in listed
        assert len(set(re.findall(r">(C\d{3})<", listed))) == count
    pdf = client.get("/evaluation/?by=team&period=2026-06&as=pdf")
    assert pdf.content.startswith(b"%PDF")


def test_what_has_time_left_is_no_failure_and_what_is_done_early_counts(put: Put) -> None:
    put(handle_due=NOON + DAY, handle_at=None, close_at=None, stage="handling")
    assert rate("handled", now=NOON).bottom == rate("closed", now=NOON).bottom == 0
    put(handle_due=NOON + DAY, handle_at=NOON - DAY, close_at=None, stage="handled")
    assert rate("handled", now=NOON) == Value(top=1, bottom=1, spared=1)
    assert rate("closed", now=NOON).bottom == 0
    assert rate("handled", now=NOON + 2 * DAY) == Value(top=1, bottom=2, spared=1)
    assert rate("closed", now=NOON + 2 * DAY).bottom == 2


@pytest.mark.parametrize("task", ["accept", "verify", "dispatch", "inspect"])
def test_every_task_with_a_limit_waits_for_it(put: Put, task: str) -> None:
    code = {"accept": "accepted_on_time", "verify": "verified_on_time",
            "dispatch": "dispatched_on_time", "inspect": "inspected_on_time"}[task]  # fmt: skip
    put(**{f"{task}_due": NOON + DAY})
    assert rate(code, "site", "", now=NOON).bottom == 0
    assert rate(code, "site", "", now=NOON + 2 * DAY) == Value(0, 1, 0)


# ── traps ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_due_in_june_is_junes_whenever_it_was_reported(put: Put) -> None:
    put(opened=JUNE - 40 * DAY)
    assert rate("handled").bottom == 1
    assert rate("handled", period="2026-05").bottom == 0


def test_a_day_ends_at_midnight_in_shanghai(put: Put) -> None:
    edge = periods.read("2026-06-10", LATER).until
    put(handle_due=edge - timedelta(seconds=1))
    put(handle_due=edge)
    assert rate("handled", period="2026-06-10").bottom == 1
    assert rate("handled", period="2026-06-11").bottom == 1


def test_where_nothing_was_due_there_is_no_rate(put: Put) -> None:
    put(suspended=True, handle_at=None, close_at=None)
    value = rate("handled", key="")
    assert (value.bottom, value.raw, value.exempted) == (0, None, None)


def test_each_post_is_shown_its_own_work_by_person(put: Put) -> None:
    put(dispatch_due=JUNE, dispatch_at=JUNE, dispatch_by="lin")
    put(dispatch_due=JUNE, dispatch_at=JUNE, dispatch_by="lin", dispatch_late=True, returns=1)
    assert rate("dispatched_on_time", "dispatcher", "lin") == Value(1, 2, 1)
    assert rate("dispatched_rightly", "dispatcher", "lin") == Value(1, 2, 1)
    assert {one.code for one in queries.shown("dispatcher")} == {
        "dispatched_on_time",
        "dispatched_rightly",
    }
    assert rate("handled", "handler", "wu").bottom == 2


def test_rows_by_person_add_up_and_who_let_it_go_overdue_is_not_at_100(
    put: Put, hire: Hire
) -> None:
    put()
    put(handle_at=None, close_at=None, stage="handling", handle_by="wu")
    put(handle_at=None, close_at=None, stage="dispatched", handle_by="")
    assert rate("handled", "handler", "wu") == Value(1, 2, 1)
    assert rate("handled", "handler", queries.NOBODY) == Value(0, 1, 0)
    assert rate("handled", "handler", "") == Value(1, 3, 1)
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    page = client.get("/evaluation/?by=handler&period=2026-06").content.decode()
    assert "未落实到人" in page
    query = "indicator=handled&by=handler&key=%3F&period=2026-06&part=missing"
    assert "C003" in (listed := client.get(f"/evaluation/cases/?{query}").content.decode())
    assert "C002" not in listed
    assert "未落实到人" in listed


def test_by_team_nothing_is_shown_of_what_comes_before_a_team(put: Put, hire: Hire) -> None:
    put(team="", filed=False, handle_due=None, handle_at=None, close_at=None, stage="reported")
    put()
    assert not {"filed", "valid", "dispatched_rightly"} & {
        one.code for one in queries.shown("team")
    }
    assert rate("filed", "site", "tl04") == Value(1, 2, 1)
    assert rate("not_closed", "team", queries.NOBODY) == Value(1, 1, 1)
    assert queries.totals(MONTH)["filed"] == Value(1, 2, 1)
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    query = "indicator=filed&period=2026-06"
    assert client.get(f"/evaluation/cases/?{query}&by=team").status_code == 404
    assert client.get(f"/evaluation/cases/?{query}&by=site").status_code == 200


def test_only_one_place_is_counted_where_one_is_asked_for(put: Put) -> None:
    put(site="tl04")
    put(site="tl05")
    rows = queries.table("team", MONTH, site="tl05")
    assert rows[0].values["handled"].bottom == 1


some_case = st.fixed_dictionaries(
    {
        "team": st.sampled_from(["A", "B", ""]),
        "opened": st.sampled_from([JUNE - 40 * DAY, JUNE]),
        "handle_due": st.sampled_from([None, JUNE - 30 * DAY, JUNE, JUNE + 30 * DAY]),
        "handle_at": st.sampled_from([None, JUNE - 30 * DAY, JUNE]),
        "close_at": st.sampled_from([None, JUNE]),
        "handle_late": st.booleans(),
        "close_late": st.booleans(),
        "void": st.booleans(),
        "suspended": st.booleans(),
        "exempt": st.booleans(),
        "filed": st.booleans(),
        "reworks": st.integers(0, 2),
        "satisfied": st.sampled_from([None, True, False]),
    }
)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(some_case, max_size=12))
def test_teams_sum_up_and_every_number_has_its_cases(put: Put, some: list[dict[str, Any]]) -> None:
    Fact.objects.all().delete()
    for case in some:
        put(**case)
    whole, *rows = queries.table("team", MONTH)
    for one in queries.shown("team"):
        value = whole.values[one.code]
        assert value.top <= value.bottom
        assert value.spared <= value.bottom
        listed = queries.behind(one.code, "team", "", MONTH, "denominator")
        assert listed.count() == value.bottom
        assert queries.behind(one.code, "team", "", MONTH, "numerator").count() == value.top
        assert queries.behind(one.code, "team", "", MONTH, "missing").count() == (
            value.bottom - value.top
        )
        named = sum(row.values[one.code].bottom for row in rows if one.code in row.values)
        assert named == value.bottom


# ── indicators as data ──────────────────────────────────────────────────────────────────────────

ROW = """[[indicator]]
code = "x"
zh = "某率"
en = "X"
numerator = "handled"
denominator = "should_handle"
post = ""
better = "more"
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[indicator", "not TOML"),
        ("", "holds no"),
        (ROW + ROW, "twice"),
        (ROW.replace('"handled"', '"handeld"'), "'handeld' is no count"),
        (ROW.replace('post = ""', 'post = "boss"'), "'boss' is no post"),
        (ROW.replace('zh = "某率"\n', ""), "missing or unknown: zh"),
        ("indicator = 5", "holds no"),
        ("indicator = [5]", "Indicator 1 is no table"),
        (ROW.replace('"某率"', "5"), "no text in quotes: zh"),
        (ROW.replace('"x"', '"a__b"'), "a code is like"),
        (ROW.replace('"more"', '"most"'), "more or less"),
        (ROW + 'not_by = ["dog"]\n', "not_by is a list, of site"),
        (ROW + 'not_by = "team"\n', "not_by is a list, of site"),
        (ROW.replace('"should_handle"', '"reported"'), "cannot be divided"),
    ],
)
def test_a_table_that_makes_no_sense_says_where(text: str, says: str) -> None:
    with pytest.raises(BadIndicator, match=re.escape(says)):
        parse(text)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Path]:
    """A house's own table, which the tests write."""
    path = tmp_path / "口径.toml"
    path.write_text(ROW, "utf-8")
    with override_settings(INDICATORS=str(path)):
        yield path


def test_a_house_counts_by_its_own_table(put: Put, hire: Hire, table: Path) -> None:
    put()
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    page = client.get("/evaluation/?by=team&period=2026-06").content.decode()
    assert "某率" in page
    assert "按期处置率" not in page
    shown_ = client.get("/evaluation/indicators/").content.decode()
    assert "口径.toml" in shown_
    assert "某率" in shown_
    assert "should_handle" in shown_


def test_the_table_is_shown_with_formulas(hire: Hire) -> None:
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    page = client.get("/evaluation/indicators/").content.decode()
    for one in indicators().values():
        assert one.zh in page
    assert "按系统自带的口径表" in page
    assert 'href="/evaluation/indicators/"' in client.get("/evaluation/").content.decode()
    client.cookies["django_language"] = "en"
    english = client.get("/evaluation/indicators/").content.decode()
    assert "filed, and neither void nor merged" in english


@pytest.mark.parametrize("content", [b"[[indicator", b"\xff\xfe", None])
def test_a_broken_table_is_said_on_every_page(
    hire: Hire, table: Path, content: bytes | None
) -> None:
    table.unlink() if content is None else table.write_bytes(content)
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    for path in ("", "report/", "indicators/", "cases/?indicator=x&by=team"):
        page = client.get(f"/evaluation/{path}")
        assert page.status_code == 503
        assert "指标口径表无法读取" in page.content.decode()


def test_closed_late_is_what_was_closed_and_not_on_time(put: Put) -> None:
    put()
    put(close_late=True)
    put(handle_late=True)
    put(handle_late=True, exempt=True)
    put(close_at=None, stage="handled")
    assert rate("closed_late") == Value(2, 5, 2)
    assert rate("closed_on_time") == Value(1, 5, 2)
    assert rate("closed") == Value(4, 5, 4)


def test_every_indicator_prints_its_formula() -> None:
    assert indicators()["handled_on_time"].formula
    assert len(indicators()) == 16


@pytest.mark.parametrize(
    "words", ["2026-13", "06-2026", "2026-6-1x", "now", "1999-12", "2101-01-01"]
)
def test_a_period_is_a_day_or_a_month(words: str) -> None:
    with pytest.raises(periods.BadPeriod):
        periods.read(words, LATER)


@pytest.mark.parametrize(
    ("words", "before"),
    [("2026-01", "2025-12"), ("2026-03-01", "2026-02-28"), ("2000-01", ""), ("2000-01-01", "")],
)
def test_the_period_before(words: str, before: str) -> None:
    found = periods.before(periods.read(words, LATER))
    assert (found.words if found else "") == before


@pytest.mark.parametrize("period", ["0001-01", "0001-01-01", "9999-12", "9999-12-31"])
def test_the_ends_of_the_calendar_are_no_period(hire: Hire, period: str) -> None:
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    for path in ("?", "report/?", "cases/?indicator=handled&by=team&"):
        page = client.get(f"/evaluation/{path}period={period}")
        assert page.status_code == 200
        assert "时段填一天" in page.content.decode()
    for edge in ("2000-01", "2000-01-01", "2100-12", "2100-12-31"):
        assert client.get(f"/evaluation/?period={edge}").status_code == 200
        assert client.get(f"/evaluation/report/?period={edge}").status_code == 200


@pytest.mark.django_db
def test_no_cell_runs_in_a_spreadsheet() -> None:
    sheet = exports.Sheet("=1+1", [["a"], ["=HYPERLINK(1)"], ["-2"], ["@x"]])
    rows = exports.as_csv([sheet]).decode("utf-8-sig").splitlines()
    assert rows[:4] == ["'=1+1", "a", "'=HYPERLINK(1)", "'-2"]
    book = load_workbook(io.BytesIO(exports.as_xlsx([sheet])))
    assert book.worksheets[0]["A2"].value == "'=HYPERLINK(1)"


@pytest.mark.django_db
def test_a_report_of_an_empty_month_stands(hire: Hire) -> None:
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    for more in ("", "&as=pdf", "&as=xlsx"):
        assert client.get(f"/evaluation/report/?period=2026-06{more}").status_code == 200
    assert shown.rates("team", MONTH).rows[1][0] == "全部"
    assert client.get("/evaluation/?by=nonsense").status_code == 404
