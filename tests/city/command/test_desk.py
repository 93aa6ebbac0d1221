"""The alert desk: what each team was given this shift, and planned work announced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.city.alerts.world import NOW, change
from tests.city.command.conftest import Tell
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.models import QuietWindow
from xiuhua.city.almanac import queries as almanac
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases.commands import Step
from xiuhua.city.cases.models import Case
from xiuhua.city.command import desk
from xiuhua.city.devices import commands as devices
from xiuhua.city.dispatch import gathering

AsPerson = Callable[[str], Client]


def post(code: str) -> desk.Post:
    return next(one for one in desk.posts(NOW) if one.code == code)


def send(people: dict[str, User], team: str) -> None:
    """A case that was told the shift before and is sent to that team now."""
    before = almanac.shift(NOW).since - timedelta(hours=1)
    told = change("smoke-battery", device=8)
    alerts.record([told], before)
    (case,) = cases.open_for([told], before)
    case = cases.do(case.number, Step.FILE, by=people["acceptor"], version=case.version, now=before)
    cases.do(
        case.number, Step.DISPATCH, by=people["dispatcher"], version=case.version, team=team,
        now=NOW,
    )  # fmt: skip


def test_the_desk_and_dispatch_count_the_orders_that_were_sent_this_shift(
    people: dict[str, User],
) -> None:
    send(people, "repair-1")
    assert Case.objects.get().opened < almanac.shift(NOW).since
    assert post("repair-1").orders == 1
    alerts.set_budget(post="repair-1", most=3, by="leader", now=NOW)
    assert gathering._left(["repair-1"], NOW) == {"repair-1": 2}


def test_the_alerts_that_called_a_team_are_counted_beside_its_orders(
    tell: Tell, people: object
) -> None:
    tell(change(), change(device=8, site="tl05"))
    fire, guard = post("fire-1"), post("tl04-guard")
    assert (fire.alerts, guard.alerts) == (2, 1)
    assert post("repair-2").alerts == 0
    assert not fire.over
    alerts.set_budget(post="fire-1", most=1, by="leader", now=NOW)
    assert post("fire-1").over
    assert desk.posts(NOW)[0].alerts == 2, "who has most stands first"


def test_the_page_shows_both_numbers_and_the_limit(as_person: AsPerson, people: object) -> None:
    alerts.record([change()], timezone.now())
    page = as_person("leader").get("/desk/").content.decode()
    row = page[page.index("微型消防站") :]
    cells = row[: row.index("</tr>")]
    assert '<td class="num">1</td><td class="num">0</td><td class="num">30</td>' in cells


def work(**more: str) -> dict[str, str]:
    """A form of planned work as it is sent."""
    now = timezone.localtime()
    span = {
        "since": f"{now:%Y-%m-%dT%H:%M}",
        "until": f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M}",
    }
    return {"place": "", "device": "", "rule": "", "why": "更换烟感"} | span | more


def test_planned_work_is_announced_by_choice_and_shown_by_name(
    as_person: AsPerson, people: object
) -> None:
    desk_ = as_person("leader")
    form = desk_.get("/desk/").content.decode()
    assert '<option value="tl04-b031">田园十二村 31号</option>' in form
    assert '<option value="smoke-battery">烟感电池将尽</option>' in form
    named = {"place": "tl04-b031", "device": "402室 烟感", "rule": "smoke-battery"}
    assert desk_.post("/desk/quiet/", work(**named)).status_code == 302
    window = QuietWindow.objects.get()
    assert (window.place, window.device) == ("tl04-b031", "tl04-smoke-0007")
    page = desk_.get("/desk/").content.decode()
    assert "田园十二村 31号 · 402室 烟感 · 烟感电池将尽" in page
    assert "张leader" in page


@pytest.mark.parametrize(
    ("named", "words"),
    [({"device": "no-such-device"}, "没有在用的设备叫“no-such-device”。"),
     ({"place": "nowhere"}, "没有登记过这个地点"),
     ({"rule": "no-such-rule"}, "没有这条规则"),
     ({}, "地点、设备、规则至少要写一项。"),
     ({"place": "tl04", "until": "2020-01-01T08:00"}, "距开始不超过 7 天")],
)  # fmt: skip
def test_what_is_unknown_is_refused_and_nothing_typed_is_lost(
    as_person: AsPerson, people: object, named: dict[str, str], words: str
) -> None:
    said = as_person("leader").post("/desk/quiet/", work(**named))
    page = said.content.decode()
    assert said.status_code == 422
    assert words in page
    assert 'value="更换烟感"' in page
    assert named.get("device", "") in page
    assert not QuietWindow.objects.exists()


def test_of_several_devices_of_a_name_one_is_chosen(as_person: AsPerson, people: object) -> None:
    put_more = [
        devices.NewDevice(
            id=f"tl05-smoke-000{n}", kind="smoke", site="tl05", place="tl05", lon=121.4, lat=31.1,
            zh="门厅 烟感", en="Hall detector",
        )
        for n in (1, 2)
    ]  # fmt: skip
    devices.put_devices(devices=put_more)
    desk_ = as_person("leader")
    said = desk_.post("/desk/quiet/", work(device="门厅"))
    assert said.status_code == 422
    assert '<option value="tl05-smoke-0002">门厅 烟感 · tl05-smoke-0002' in said.content.decode()
    assert desk_.post("/desk/quiet/", work(device="tl05-smoke-0002")).status_code == 302
    assert QuietWindow.objects.get().device == "tl05-smoke-0002"


def test_the_streets_can_be_kept_quiet_too(as_person: AsPerson, people: object) -> None:
    assert as_person("leader").post("/desk/quiet/", work(place="street")).status_code == 302
    assert QuietWindow.objects.get().place == "street"


def test_the_desk_says_how_many_are_up_and_leads_to_them(
    as_person: AsPerson, tell: Tell, people: object
) -> None:
    tell(change(), change(device=8, site="tl05"))
    page = as_person("leader").get("/desk/").content.decode()
    assert '<a href="/alerts/?tab=unanswered">无人应答</a> <span class="badge">2</span>' in page
