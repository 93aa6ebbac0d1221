"""The report of a month that is over is kept once, and says what has changed since."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings
from openpyxl import load_workbook

from tests.city.conftest import Hire
from tests.city.evaluation.conftest import JUNE, Put
from xiuhua.city import feed
from xiuhua.city.chain import AppendOnly
from xiuhua.city.evaluation import commands, periods, shown
from xiuhua.city.evaluation.models import Fact, Followed, MonthReport

JULY = JUNE.replace(month=7, day=1)
MONTH = periods.read("2026-06", JULY)


@pytest.fixture(autouse=True)
def followed(db: None) -> None:
    """The facts that the tests put down are not drawn anew."""
    Followed.objects.create(feed=feed.head())


def rows() -> list[list[str]]:
    [sheet] = shown.changed(MONTH)
    return [list(row) for row in sheet.rows[1:]]


def test_it_is_kept_once_and_shows_what_a_reopened_case_changes(put: Put) -> None:
    case = put()
    put()
    assert shown.changed(MONTH) == []
    assert commands.keep_month(JULY)
    assert not commands.keep_month(JULY + timedelta(days=1))
    assert rows() == []
    Fact.objects.filter(number=case.number).update(handle_at=None, close_at=None, stage="filed")
    changed = rows()
    assert ["全部", "处置率", "100.0% (2/2)", "50.0% (1/2)"] in changed
    assert ["A", "处置率", "100.0% (2/2)", "50.0% (1/2)"] in changed
    assert not any(row[1] == "立案率" for row in changed)
    assert not commands.keep_month(JULY + timedelta(days=2))
    assert MonthReport.objects.get().at == JULY


def test_a_team_that_lost_all_its_cases_is_shown(put: Put) -> None:
    put()
    commands.keep_month(JULY)
    Fact.objects.update(team="B")
    assert ["A", "处置率", "100.0% (1/1)", "— (0/0)"] in rows()
    assert ["B", "处置率", "— (0/0)", "100.0% (1/1)"] in rows()


def test_page_and_excel_say_when_it_was_kept(put: Put, hire: Hire) -> None:
    put()
    commands.keep_month(JULY)
    Fact.objects.update(suspended=True)
    client = Client()
    client.force_login(hire("lead", role="shift_leader"))
    page = client.get("/evaluation/report/?period=2026-06").content.decode()
    assert "留存后的变化" in page
    assert "本报告已于 2026-07-01" in page
    book = load_workbook(
        io.BytesIO(client.get("/evaluation/report/?period=2026-06&as=xlsx").content)
    )
    assert any("留存" in title for title in book.sheetnames)
    assert "留存" not in client.get("/evaluation/report/?period=2026-05").content.decode()


def test_what_was_kept_stays(put: Put) -> None:
    put()
    commands.keep_month(JULY)
    kept = MonthReport.objects.get()
    with pytest.raises(AppendOnly):
        kept.save()
    with pytest.raises(AppendOnly):
        kept.delete()


def test_before_there_was_anything_to_count_nothing_is_kept(put: Put) -> None:
    put(opened=JULY)
    assert not commands.keep_month(JULY)


def test_a_broken_table_stops_no_clock(put: Put, tmp_path: Path) -> None:
    put()
    with override_settings(INDICATORS=str(tmp_path / "none.toml")):
        assert not commands.keep_month(JULY)
    assert commands.keep_month(JULY)
