"""Cases are found by what people know of them; who reported never stands in an address."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from openpyxl import load_workbook

from tests.city.alerts import world
from tests.city.alerts.world import NOW
from xiuhua.city.cases import commands, finding, saved, search, wording
from xiuhua.city.cases.machine import Stage, Step
from xiuhua.city.cases.models import Case, CaseText, SavedSearch, Source
from xiuhua.city.cases.opening import open_for
from xiuhua.city.cases.reporting import Report, report
from xiuhua.city.cases.search import Wanted
from xiuhua.city.people.models import Look


@dataclass
class Files:
    """Three matters: a fire by its alert, a resident's by telephone, an old one by patrol."""

    people: dict[str, User]
    fire: Case
    leak: Case
    old: Case

    def found(self, who: str = "officer", **asked: Any) -> list[Case]:
        result = search.search(self.people[who], Wanted(**asked), now=NOW)
        assert (result.many, result.exact) == (len(result.cases), True)
        return result.cases


@pytest.fixture
def files(people: dict[str, User]) -> Files:
    for name in ("officer", "guard"):
        User.objects.filter(username=name).update(is_active=True)
    old = report(
        Report(source=Source.PATROL, case_class="device-care", place="tl05", words="路灯不亮"),
        by=people["acceptor"], now=NOW - timedelta(days=40),
    )  # fmt: skip
    leak = report(
        Report(
            source=Source.PHONE, case_class="device-care", place="tl04-b031",
            words="３１号楼道里漏水，Lift broken", name="王 小芳", phone="138 0013 8000",
        ),
        by=people["acceptor"], now=NOW - timedelta(days=1),
    )  # fmt: skip
    (fire,) = open_for([world.change()], NOW)
    return Files(people, fire, leak, old)


@pytest.mark.parametrize(
    "asked",
    [
        "漏水",
        "楼道",
        "31号",
        "31号 漏水",
        "lift",
        "LIFT broken",
        "田园十二村",
        "道里漏水",
        "village 12",
    ],
)
def test_words_are_found_wherever_they_stand(files: Files, asked: str) -> None:
    assert files.leak in files.found(words=asked)
    assert files.old not in files.found(words=asked)


@pytest.mark.parametrize("asked", ["水漏", "漏水 路灯", "lifts", "王小芳", "13800138000"])
def test_what_nobody_wrote_is_not_found(files: Files, asked: str) -> None:
    assert files.found(words=asked) == []


def test_what_was_written_at_a_step_is_found(files: Files) -> None:
    assert files.found(words="蝙蝠") == []
    commands.do(
        files.old.number, Step.DECLINE, by=files.people["acceptor"], now=NOW,
        version=files.old.version, note="只是一只蝙蝠",
    )  # fmt: skip
    assert files.found(words="蝙蝠") == [files.old]


def test_pieces_are_looked_up_and_the_text_decides() -> None:
    assert wording.pieces("漏水 31号楼 abc ab") == ["1号", "abc", "号楼", "漏水"]
    assert wording.too_short("漏 水管 ab") == ["漏", "ab"]
    assert wording.plain("ＡＢＣ　１２３") == "abc 123"


def test_a_percent_sign_is_a_sign(files: Files) -> None:
    assert files.found(words="漏%水") == files.found(words="漏_水") == []


def test_a_number_with_or_without_its_area_or_by_its_day(files: Files) -> None:
    number = files.leak.number
    for asked in (number, number.split("-", 1)[1], number.replace("-0000", "-").lstrip("0")):
        assert files.found(words=asked) == [files.leak], asked
    assert files.found(words=number.split("-")[1]) == [files.leak]
    assert files.found(words="20200101-00001") == []


def test_filters_narrow_down_and_go_together(files: Files) -> None:
    fire, leak, old = files.fire, files.leak, files.old
    today = (NOW + timedelta(hours=8)).date()
    for asked, wanted in (
        ({}, [fire, leak, old]),
        ({"case_class": "fire"}, [fire]),
        ({"place": "tl04"}, [fire, leak]),
        ({"place": "tl04-b031"}, [fire, leak]),
        ({"place": "jw01"}, [fire, leak, old]),
        ({"stage": "open"}, [fire, leak, old]),
        ({"stage": "ended"}, []),
        ({"stage": "dispatched"}, [fire]),
        ({"source": "patrol"}, [old]),
        ({"team": "fire-1"}, [fire]),
        ({"person": "acceptor"}, [leak, old]),
        ({"since": today}, [fire]),
        ({"until": today - timedelta(days=1)}, [leak, old]),
        ({"since": today - timedelta(days=1), "until": today - timedelta(days=1)}, [leak]),
        ({"overdue": True}, [leak, old]),
        ({"life_safety": True}, [fire]),
        ({"words": "漏水", "place": "tl05"}, []),
        ({"words": "漏水", "place": "tl04", "source": "phone", "overdue": True}, [leak]),
    ):  # fmt: skip
        assert files.found(**asked) == wanted, asked


def test_nobody_finds_what_they_may_not_see(files: Files) -> None:
    assert files.found("fireman") == [files.fire]
    assert files.found("crew") == files.found("nurse") == []
    assert files.found("fireman", words="漏水") == []


def test_pages_go_on_where_the_last_one_ended(files: Files, monkeypatch: Any) -> None:
    monkeypatch.setattr(search, "PAGE", 1)
    Case.objects.filter(pk=files.leak.pk).update(opened=files.fire.opened)  # the same moment
    after, seen = "", []
    for _ in range(3):
        page = search.search(files.people["officer"], Wanted(), now=NOW, after=after)
        seen += page.cases
        after = page.more
    assert seen == sorted(seen, key=lambda case: (case.opened, case.pk), reverse=True)
    assert len(seen) == 3
    assert after == ""


def test_many_are_not_counted_to_the_end(files: Files, monkeypatch: Any) -> None:
    monkeypatch.setattr(search, "COUNTED", 2)
    found = search.search(files.people["officer"], Wanted(), now=NOW)
    assert (found.many, found.exact, len(found.cases)) == (2, False, 3)


@pytest.mark.parametrize("few", [0, 5000])
def test_frequent_words_find_the_same_as_rare_ones(
    files: Files, monkeypatch: Any, few: int
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    assert files.found(words="31号 漏水") == [files.leak]
    assert files.found(words="漏水", place="tl04") == [files.leak]
    assert files.found(words="漏水", place="tl05") == []
    assert set(files.found(words="设备维护")) == {files.leak, files.old}
    monkeypatch.setattr(search, "PAGE", 1)
    page = search.search(files.people["officer"], Wanted(words="设备维护"), now=NOW)
    assert (page.cases, page.many, page.exact) == ([files.leak], 2 if few else 1, bool(few))


def test_written_down_anew_it_is_the_same(files: Files) -> None:
    before = list(CaseText.objects.order_by("pk").values())
    CaseText.objects.filter(pk=files.old.pk).delete()
    assert finding.write_all_down() == 3
    assert list(CaseText.objects.order_by("pk").values()) == before


@pytest.fixture
def desk(client: Client, files: Files) -> Client:
    client.force_login(files.people["officer"])
    return client


def test_what_is_asked_goes_to_an_address_that_can_be_shared(desk: Client, files: Files) -> None:
    asked = {"q": "漏水", "place": "tl04", "stage": "", "overdue": "on", "csrf": "x"}
    said = desk.post("/cases/search/", asked)
    assert said.status_code == 302
    assert said["Location"] == "/cases/search/?q=%E6%BC%8F%E6%B0%B4&place=tl04&overdue=on"
    page = desk.get(said["Location"]).content.decode()
    assert files.leak.number in page
    assert files.old.number not in page


@pytest.mark.parametrize(
    "phone", ["13800138000", "漏水 021-64390000", "+8613800138000", "64390000"]
)
def test_no_telephone_number_stands_in_an_address(desk: Client, phone: str) -> None:
    said = desk.post("/cases/search/", {"q": phone})
    assert said.status_code == 422
    assert desk.get("/cases/search/", {"q": phone}).status_code == 422


@pytest.mark.parametrize(
    "asked",
    [{"q": "漏"}, {"q": "ab"}, {"stage": "lost"}, {"since": "tomorrow"}, {"place": "nowhere"},
     {"since": "2026-02-01", "until": "2026-01-01"}],
)  # fmt: skip
def test_what_cannot_be_looked_up_is_said(desk: Client, asked: dict[str, str]) -> None:
    said = desk.get("/cases/search/", asked)
    assert said.status_code == 422
    assert "errors" in said.content.decode()


def test_who_reported_is_asked_by_post_for_a_reason_and_recorded(
    desk: Client, files: Files
) -> None:
    for asked in ({"name": "王小芳"}, {"phone": "13800138000"}, {"phone": "+86 138-0013-8000"}):
        before = Look.objects.count()
        assert desk.post("/cases/search/reporter", asked).status_code == 422
        assert Look.objects.count() == before, "without a reason nothing is looked up"
        said = desk.post("/cases/search/reporter", {**asked, "reason": "回访"})
        assert said.status_code == 200
        assert files.leak.number in said.content.decode()
        assert files.fire.number not in said.content.decode()
        look = Look.objects.latest("seq")
        assert (look.who, look.why) == ("officer", "回访")
        assert "王" not in look.what
        assert "138" not in look.what.split("phone ")[0]
    nobody = desk.post("/cases/search/reporter", {"name": "王小", "reason": "回访"})
    assert files.leak.number not in nobody.content.decode()
    assert desk.get("/cases/search/reporter").status_code == 405


def test_only_who_may_reach_them_asks_for_who_reported(client: Client, files: Files) -> None:
    client.force_login(files.people["supervisor"])
    asked = {"name": "王小芳", "reason": "回访"}
    assert client.post("/cases/search/reporter", asked).status_code == 403
    assert "search/reporter" not in client.get("/cases/search/").content.decode()
    assert not Look.objects.exists()


def test_the_result_as_a_file(desk: Client, files: Files) -> None:
    said = desk.post("/cases/search/export?place=tl04", {"as": "csv"}).content.decode("utf-8-sig")
    assert files.leak.number in said
    assert files.old.number not in said
    assert "王" not in said
    assert not Look.objects.exists()
    book = load_workbook(io.BytesIO(desk.post("/cases/search/export", {"as": "xlsx"}).content))
    assert book.worksheets[0].max_row == 4
    assert desk.post("/cases/search/export", {"as": "exe"}).status_code == 404


def test_names_leave_the_house_for_a_recorded_reason_alone(desk: Client, files: Files) -> None:
    wanted = {"as": "csv", "reporters": "1"}
    assert desk.post("/cases/search/export?q=漏水", wanted).status_code == 302
    assert not Look.objects.exists()
    said = desk.post("/cases/search/export?q=漏水", {**wanted, "reason": "回访名单"})
    assert "王 小芳 138 0013 8000" in said.content.decode()
    assert Look.objects.get().why == "回访名单"


def test_a_search_is_kept_for_oneself_or_the_team(client: Client, files: Files) -> None:
    client.force_login(files.people["officer"])
    client.post("/cases/search/save?place=tl04", {"name": "十二村"})
    client.post("/cases/search/save?overdue=on", {"name": "超期", "shared": "1"})
    client.post("/cases/search/save?overdue=on&place=tl05", {"name": "超期", "shared": "1"})
    names = {who: {one.name for one in saved.known_to(files.people[who])}
             for who in ("officer", "leader", "fireman")}  # fmt: skip
    assert names == {"officer": {"十二村", "超期"}, "leader": {"超期"}, "fireman": set()}
    kept = SavedSearch.objects.get(name="超期")
    assert kept.query == "place=tl05&overdue=on"
    client.force_login(files.people["leader"])
    assert client.post(f"/cases/search/{kept.pk}/forget").status_code == 404
    client.force_login(files.people["officer"])
    assert client.post(f"/cases/search/{kept.pk}/forget").status_code == 302
    assert saved.known_to(files.people["leader"]) == []


def test_a_phone_in_a_query_is_never_kept(desk: Client) -> None:
    assert desk.post("/cases/search/save?q=13800138000", {"name": "x"}).status_code == 404
    assert desk.post("/cases/search/save", {"name": "x"}).status_code == 404


def test_the_map_shows_each_where_few(desk: Client, files: Files, monkeypatch: Any) -> None:
    Case.objects.update(lon=121.43, lat=31.17)
    box = {"box": "121.4,31.1,121.5,31.2"}
    said = desk.get("/cases/search/spots.json", box).json()
    assert {dot["url"] for dot in said["dots"]} == {
        f"/cases/{case.number}/" for case in (files.fire, files.leak, files.old)
    }
    assert desk.get("/cases/search/spots.json", {**box, "case_class": "fire"}).json()["dots"][0][
        "life_safety"
    ]
    away = desk.get("/cases/search/spots.json", {"box": "120,30,120.1,30.1"}).json()
    assert away == {"dots": [], "fields": []}
    monkeypatch.setattr("xiuhua.city.cases.spread.DOTS", 2)
    many = desk.get("/cases/search/spots.json", box).json()
    assert many == {"dots": [], "fields": [{"lon": 121.43, "lat": 31.17, "n": 3}]}
    for bad in ("", "1,2,3", "1,2,x,4", "9,2,1,4", "nan,1,2,3"):
        assert desk.get("/cases/search/spots.json", {"box": bad}).status_code == 404


def test_a_map_of_nothing_asked_is_of_what_is_open(desk: Client, files: Files) -> None:
    Case.objects.update(lon=121.43, lat=31.17)
    Case.objects.filter(pk=files.old.pk).update(stage=Stage.VOID, ended=NOW)
    box = {"box": "121.4,31.1,121.5,31.2"}
    assert len(desk.get("/cases/search/spots.json", box).json()["dots"]) == 2
    assert len(desk.get("/cases/search/spots.json", {**box, "stage": "ended"}).json()["dots"]) == 1
