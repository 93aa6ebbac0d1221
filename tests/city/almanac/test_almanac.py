"""Days off and flags: what the engine learns of them, and who said so."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city import outbox
from xiuhua.city.almanac import commands, queries
from xiuhua.city.almanac.commands import NewDay, UnknownFlag
from xiuhua.city.almanac.models import FlagChange
from xiuhua.engine.control import CalendarSet, Change, FlagSet, decode

pytestmark = pytest.mark.django_db

NEW_YEAR = [
    NewDay(date=date(2026, 1, 1), works=False, zh="元旦", en="New Year's Day"),
    NewDay(date=date(2026, 1, 2), works=False, zh="元旦", en="New Year's Day"),
    NewDay(date=date(2026, 1, 4), works=True, zh="元旦", en="New Year's Day"),
]
NEXT_YEAR = [NewDay(date=date(2027, 1, 1), works=False, zh="元旦", en="New Year's Day")]
WHOLE = CalendarSet(holidays=("2026-01-01", "2026-01-02"), workdays=("2026-01-04",))


def told() -> list[Change]:
    """What waits for the road, which is then empty."""
    waiting = outbox.pending(100)
    outbox.copied([one.id for one in waiting])
    return [decode(one.body) for one in waiting]


def test_the_engine_learns_the_whole_calendar_and_each_change_of_it() -> None:
    assert commands.put_days(days=NEW_YEAR) == 3
    assert told() == [WHOLE]
    assert commands.put_days(days=NEW_YEAR) == 0
    assert told() == []
    assert commands.put_days(days=NEXT_YEAR) == 1
    assert told() == [CalendarSet((*WHOLE.holidays, "2027-01-01"), WHOLE.workdays)]


def test_a_year_that_is_put_again_is_put_whole() -> None:
    commands.put_days(days=[*NEW_YEAR, *NEXT_YEAR])
    told()
    assert commands.put_days(days=NEW_YEAR[:1]) == 2
    assert told() == [CalendarSet(("2026-01-01", "2027-01-01"), ())]


def test_a_new_name_is_no_news_for_the_engine() -> None:
    commands.put_days(days=NEXT_YEAR)
    told()
    renamed = NewDay(date=date(2027, 1, 1), works=False, zh="新年", en="New Year")
    assert commands.put_days(days=[renamed]) == 1
    assert told() == []
    assert [day.zh for day in queries.days(2027)] == ["新年"]


def test_the_calendar_knows_until_when_it_knows() -> None:
    assert queries.known_until() is None
    commands.put_days(days=NEW_YEAR)
    assert queries.known_until() == date(2026, 12, 31)


def test_nothing_said_of_days_is_nothing_done() -> None:
    commands.put_days(days=NEW_YEAR)
    told()
    assert commands.put_days(days=[]) == 0
    assert told() == []


def test_a_flag_goes_up_and_down_and_both_are_written_down(hire: Hire, now: datetime) -> None:
    lin, later = hire("lin", role="duty_officer"), now + timedelta(hours=2)
    assert commands.set_flag(name="rain", up=True, by=lin, now=now)
    assert not commands.set_flag(name="rain", up=True, by=lin, now=later)
    assert commands.set_flag(name="rain", up=False, program="xiuhua flag (root)", now=later)
    assert told() == [FlagSet("rain", True), FlagSet("rain", False)]
    past = FlagChange.objects.values_list("up", "by__username", "program", "at")
    assert list(past) == [(False, None, "xiuhua flag (root)", later), (True, "lin", "", now)]


def test_a_slip_of_the_pen_is_no_flag(now: datetime) -> None:
    with pytest.raises(UnknownFlag, match="there are: rain"):
        commands.set_flag(name="rian", up=True, program="x", now=now)
    assert told() == []


def page(user: User, address: str, language: str = "zh-hans") -> str:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_officer_says_that_it_rains_with_one_button(hire: Hire) -> None:
    officer, looker = hire("lin", role="duty_officer"), hire("wu", role="acceptor")
    assert "未生效" in page(officer, "/rules/")
    assert "下雨开始了" in page(officer, "/rules/")
    client = Client()
    client.force_login(officer)
    for _ in range(2):  # the second press, perhaps on an old page, changes nothing
        done = client.post("/almanac/flags/rain", {"up": "1"}, follow=True)
        assert done.redirect_chain == [("/rules/", 302)]
    assert told() == [FlagSet("rain", True)]
    seen = page(looker, "/rules/")
    assert "生效中" in seen and "lin" in seen
    assert "/almanac/flags/rain" not in seen, "who may only look has no button"
    assert "Rain: over" in page(officer, "/rules/", "en")
    assert client.post("/almanac/flags/rian", {"up": "1"}).status_code == 404
    assert client.get("/almanac/flags/rain").status_code == 405


def test_others_cannot_make_rain(hire: Hire) -> None:
    client = Client()
    client.force_login(hire("wu", role="acceptor"))
    assert client.post("/almanac/flags/rain", {"up": "1"}).status_code == 403
    assert told() == []


def test_the_days_stand_on_a_page(hire: Hire) -> None:
    looker = hire("wu", role="acceptor")
    assert "还没有载入" in page(looker, "/almanac/")
    commands.put_days(days=NEW_YEAR)
    seen = page(looker, "/almanac/")
    for word in ("2026-01-04", "上班", "放假", "到 2026-12-31 为止"):
        assert word in seen
    assert "2026-12-31" in page(looker, "/rules/")


def test_hours_and_days_are_set_on_the_page_by_those_who_may(hire: Hire) -> None:
    heard: list[object] = []
    commands.changed.connect(receiver := lambda **_: heard.append(1))
    leader, looker = Client(), Client()
    leader.force_login(hire("lin", role="shift_leader"))
    looker.force_login(hire("wu", role="acceptor"))
    new = {"date": "2027-01-01", "works": "0", "zh": "元旦", "en": "New Year's Day"}
    assert looker.post("/almanac/days/", new).status_code == 403
    assert leader.post("/almanac/days/", new | {"date": "never"}).status_code == 422
    assert leader.post("/almanac/days/", new).status_code == 302
    assert told() == [CalendarSet(("2027-01-01",), ())]
    assert queries.working_calendar().years == {2027}
    assert leader.post("/almanac/hours", {"hours": "9-5"}, follow=True).status_code == 200
    assert queries.written_hours(queries.hours()) == "08:00-12:00, 14:00-18:00"
    leader.post("/almanac/hours", {"hours": "09:00-17:00"})
    assert queries.working_calendar().hours == ((540, 1020),)
    assert leader.post("/almanac/days/2027-01-01/drop").status_code == 302
    assert leader.post("/almanac/days/never/drop").status_code == 404
    assert told() == [CalendarSet((), ())]
    assert len(heard) == 3, "rooms above reckon anew"
    commands.changed.disconnect(receiver)
