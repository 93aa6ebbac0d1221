"""The list of alerts, drawn by the server: who stands under which tab, and what a row offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.city.alerts.world import NOW, change, later_child, storm
from xiuhua.city.alerts import commands, listing
from xiuhua.city.alerts.listing import Tab, Wanted, When
from xiuhua.city.alerts.models import Alert, AlertStep, Call

HOUR = timedelta(hours=1)
Enter = Callable[..., Client]


@pytest.fixture
def enter(people: dict[str, User]) -> Enter:
    def enter(who: str, language: str = "zh-hans") -> Client:
        client = Client()
        client.cookies["django_language"] = language
        client.force_login(people[who])
        return client

    return enter


def put(
    level: str = "warn", *, ago: timedelta = HOUR, site: str = "tl04", place: str = "",
    rule: str = "smoke-battery", life: bool = False, over: bool = False,
) -> Alert:  # fmt: skip
    """An alert as a row, without what else becomes of it."""
    return Alert.objects.create(
        id=uuid4(), seq=1, rule=rule, version=1, zh="烟感电池将尽", en="Battery low",
        life_safety=life, subject="x", place=place, site=site, level=level, worst=level,
        start=NOW - ago, changed=NOW, sentence_zh="电量低。", sentence_en="Low.",
        status="cleared" if over else "raised", cleared=NOW if over else None,
    )  # fmt: skip


def under(tab: Tab, **wanted: object) -> list[Alert]:
    return listing.page(tab, Wanted(**wanted), now=NOW).alerts  # type: ignore[arg-type]


@pytest.mark.usefixtures("people")
def test_each_stands_under_its_tab() -> None:
    up, seen, over, false, off = (put(over=n == 2) for n in range(5))
    commands.acknowledge(seen.id, by="officer", team="duty", now=NOW)
    commands.false_alarm(false.id, by="officer", reason="蒸汽", now=NOW)
    commands.suppress(off.id, by="officer", why="电工已在路上", until=NOW + HOUR, now=NOW)
    assert {one.id for one in under(Tab.UP)} == {up.id, seen.id}
    assert [one.id for one in under(Tab.UNANSWERED)] == [up.id]
    assert [one.id for one in under(Tab.CLEARED)] == [over.id]
    assert [one.id for one in under(Tab.FALSE)] == [false.id]
    assert [one.id for one in under(Tab.OFF)] == [off.id]
    assert list(listing.counts(Wanted(), now=NOW).values()) == [2, 1, 1, 1, 1]


@pytest.mark.usefixtures("people")
def test_whose_call_is_answered_is_not_unanswered() -> None:
    commands.record([change()], NOW)
    [fire] = under(Tab.UNANSWERED)
    call = Call.objects.filter(alert=fire).order_by("id").first()
    assert call is not None
    commands.answer_call(fire.id, team=call.team, by="guard", now=NOW)
    assert under(Tab.UNANSWERED) == []
    assert listing.answerers([fire]) == {fire.id: "guard"}


@pytest.mark.usefixtures("people")
def test_the_gravest_stand_first_then_the_newest_and_what_is_over_by_time() -> None:
    old, new = put(ago=2 * HOUR), put(ago=HOUR)
    grave = put("critical", ago=3 * HOUR)
    assert [one.id for one in under(Tab.UP)] == [grave.id, new.id, old.id]
    gone, gone_grave = put(over=True), put("critical", ago=5 * HOUR, over=True)
    assert [one.id for one in under(Tab.CLEARED)] == [gone.id, gone_grave.id]


@pytest.mark.usefixtures("people")
def test_each_filter_narrows_it() -> None:
    here = put("serious", place="tl04-b031-0402", rule="smoke-fire", life=True)
    there = put(site="tl05", ago=30 * HOUR)
    assert under(Tab.UP, level="serious") == [here]
    assert under(Tab.UP, life_safety=True) == [here]
    assert under(Tab.UP, rule="smoke-battery") == [there]
    for place in ("tl04", "tl04-b031", "tl04-b031-0402"):
        assert under(Tab.UP, place=place) == [here]
    assert under(Tab.UP, place="tl05") == [there]
    assert set(under(Tab.UP, place="jw01")) == {here, there}
    assert under(Tab.UP, when=When.SHIFT) == [here]
    assert under(Tab.UP, when=When.TODAY) == [here]
    assert under(Tab.UP, when=When.BEFORE) == []
    assert set(under(Tab.UP, when=When.WEEK)) == {here, there}
    assert under(Tab.UP, day=(NOW - 30 * HOUR).date()) == [there]
    night = put(ago=12 * HOUR)
    assert under(Tab.UP, when=When.BEFORE) == [night]


@pytest.mark.usefixtures("people")
def test_a_storm_is_one_row_that_says_how_many() -> None:
    commands.record(storm(), NOW)
    commands.record([later_child()], NOW)
    [row] = under(Tab.UP)
    assert row.children
    assert listing.sizes([row]) == {row.id: 4}
    assert len(under(Tab.UP, place="tl04-b031-0402")) == 4, "asked for one by one, they are there"


@pytest.mark.usefixtures("people")
def test_it_goes_on_page_by_page() -> None:
    for n in range(listing.PAGE + 1):
        put(ago=timedelta(minutes=n))
    first = listing.page(Tab.UP, Wanted(), now=NOW)
    second = listing.page(Tab.UP, Wanted(), now=NOW, number=2)
    assert (len(first.alerts), first.more) == (listing.PAGE, True)
    assert (len(second.alerts), second.more) == (1, False)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", ["全部告警", "预警", "烟感电池将尽", "田园十二村", "当前未解除", "无人应答"]),
     ("en", ["All alerts", "Warning", "Battery low", "Village 12", "Up now", "Nobody has"])],
)  # fmt: skip
def test_the_page_says_all_of_it_in_words(enter: Enter, language: str, words: list[str]) -> None:
    put()
    page = enter("officer", language).get("/alerts/").content.decode()
    for word in words:
        assert word in page


def test_from_its_row_an_alert_is_seen_put_off_and_called_false(enter: Enter) -> None:
    one, desk = put(), enter("officer")
    for path in ("acknowledge", "hold", "false", "release"):
        assert (f'action="/alerts/{one.id}/{path}/"' in desk.get("/alerts/").content.decode()) == (
            path != "release"
        )
    back = {"next": "/alerts/?tab=up&level=warn"}
    assert desk.post(f"/alerts/{one.id}/acknowledge/", back)["Location"] == back["next"]
    held = desk.post(f"/alerts/{one.id}/hold/", back | {"until": "30", "why": "电工在路上"})
    assert held["Location"] == back["next"]
    assert "张officer" in desk.get("/alerts/?tab=off").content.decode()
    assert f'action="/alerts/{one.id}/release/"' in desk.get("/alerts/?tab=off").content.decode()
    assert desk.post(f"/alerts/{one.id}/release/", back)["Location"] == back["next"]
    said = desk.post(f"/alerts/{one.id}/false/", back | {"reason": "蒸汽"})
    assert said["Location"] == back["next"]
    assert "蒸汽" in desk.get("/alerts/?tab=false").content.decode()
    assert AlertStep.objects.filter(alert=one).count() == 4


def test_a_risk_to_life_is_not_offered_to_be_put_off(enter: Enter) -> None:
    one = put("critical", life=True)
    page = enter("officer").get("/alerts/").content.decode()
    assert f"/alerts/{one.id}/false/" in page
    assert f"/alerts/{one.id}/hold/" not in page


def test_who_may_only_look_gets_no_buttons_and_who_may_not_look_is_refused(enter: Enter) -> None:
    one = put()
    page = enter("supervisor").get("/alerts/").content.decode()
    assert f'href="/alerts/{one.id}/"' in page
    assert f'action="/alerts/{one.id}/' not in page
    assert enter("guard").get("/alerts/").status_code == 403
    assert Client().get("/alerts/").status_code == 302


def test_an_odd_address_shows_the_list_all_the_same(enter: Enter) -> None:
    put()
    desk = enter("officer")
    assert desk.get("/alerts/?tab=none&page=x").status_code == 200
    assert desk.get("/alerts/?page=99999").status_code == 200
    assert desk.get("/alerts/?level=red").status_code == 422


def test_a_long_list_asks_the_database_no_more_than_a_short_one(enter: Enter) -> None:
    desk = enter("officer")
    put(place="tl04-b031")
    with CaptureQueriesContext(
        connection,
    ) as few:
        desk.get("/alerts/")
    for n in range(60):
        one = put(place="tl04-b031-0402", ago=timedelta(minutes=n))
        commands.acknowledge(one.id, by="officer", team="duty", now=NOW)
    with CaptureQueriesContext(connection) as many:
        desk.get("/alerts/")
    assert len(many) <= len(few)
