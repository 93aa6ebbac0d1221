"""The live page's data: one picture, for those whose work it is, in which nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client

from tests.city.alerts.world import (
    NOW,
    change,
    judge_false,
    later_child,
    ms,
    raised_and_cleared,
    storm,
    storm_id,
)
from xiuhua.city import feed
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.command import queries
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace

from .conftest import Tell, put_detector

AsPerson = Callable[[str], Client]


@pytest.fixture
def picture(people: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """The officer's picture at NOW."""
    return lambda: queries.snapshot(people["officer"], NOW)


def test_an_alert_stands_in_the_picture_with_all_that_one_must_know(
    picture: Callable[[], dict[str, Any]], tell: Tell
) -> None:
    tell(change(level="critical"))
    (card,) = picture()["alerts"]
    assert card["name"] == {"zh": "疑似火情", "en": "Suspected fire"}
    assert card["place"]["zh"] == "田园十二村 31号 402室"
    assert (card["lon"], card["lat"]) == (121.43, 31.17)
    assert card["chart"]["field"] == "obscuration"
    assert card["chart"]["limit"] == 1.0
    assert card["called"] > 0
    assert card["case"]["stage"] == "dispatched"
    assert card["case"]["team"] == {"zh": "微型消防站", "en": "Micro fire station"}
    assert card["case"]["due"] == ms(NOW + timedelta(minutes=30))


def test_a_case_still_open_keeps_its_alert_in_the_picture(
    picture: Callable[[], dict[str, Any]], tell: Tell
) -> None:
    tell(*raised_and_cleared())
    tell(*raised_and_cleared(rule="smoke-silent", device=8))
    (card,) = picture()["alerts"]
    assert card["cleared"] == ms(NOW + timedelta(seconds=90))


def test_the_numbers_count_this_shift_and_no_sensor_that_fell_silent(
    picture: Callable[[], dict[str, Any]], tell: Tell
) -> None:
    tell(change(), change("smoke-battery", device=8), change("smoke-silent", device=9))
    assert picture()["counts"] == {
        "alerts_shift": 2,
        "budget": 30,
        "held": 0,
        "open_cases": 2,
        "overdue": 0,
        "unheard": 1,  # the detector itself: what told of it was the engine alone
    }
    marked = {tick["name"]["zh"] for tick in picture()["day"]}
    assert marked == {"疑似火情", "烟感电池将尽"}
    assert queries.counts(NOW + timedelta(hours=1))["overdue"] == 2


def test_a_storm_stands_at_its_place_and_its_children_say_whose_they_are(
    picture: Callable[[], dict[str, Any]], tell: Tell
) -> None:
    where = NewPlace(
        code="tl04-b031", kind="building", parent="tl04", zh="31号", en="No. 31",
        lon=121.45, lat=31.18,
    )  # fmt: skip
    places.put(places=[where])
    tell(*storm(), later_child())
    by_id = {card["id"]: card for card in picture()["alerts"]}
    whole = by_id.pop(storm_id())
    assert (whole["lon"], whole["lat"], whole["of_device"]) == (121.45, 31.18, False)
    assert (whole["belonging"], whole["chart"]) == ({"storm": True, "all": 4, "up": 4}, None)
    assert whole["place"]["zh"] == "田园十二村 31号"
    assert {card["parent"] for card in by_id.values()} == {storm_id()}
    assert picture()["counts"]["alerts_shift"] == len(picture()["day"]) == 1


def test_an_alert_about_a_flat_is_drawn_by_the_detector_that_hangs_there(
    picture: Callable[[], dict[str, Any]], tell: Tell
) -> None:
    flat = "tl04-b031-0402"
    tell(msgspec.structs.replace(change(device=99), subject=flat, place=flat))
    (card,) = picture()["alerts"]
    assert (card["of_device"], card["chart"]["device"]) == (False, "tl04-smoke-0007")
    assert (card["lon"], card["lat"]) == (None, None), "neither the flat nor that device has a spot"


def test_the_sheet_of_a_storm_lists_what_belongs_to_it(as_person: AsPerson, tell: Tell) -> None:
    tell(*storm())
    detail = as_person("officer").get(f"/api/command/alerts/{storm_id()}").json()
    assert [part["place"]["en"][:8] for part in detail["belonging"]] == ["Flat 402"] * 3
    assert detail["parent"] is None
    child = detail["belonging"][0]["id"]
    detail = as_person("officer").get(f"/api/command/alerts/{child}").json()
    assert (detail["parent"]["id"], detail["belonging"]) == (storm_id(), [])


def test_the_ledger_is_read_again_when_it_has_changed(
    picture: Callable[[], dict[str, Any]],
) -> None:
    assert picture()["devices"]["lon"] == [121.43]
    put_detector(lon=121.5)
    assert picture()["devices"]["lon"] == [121.5]


def test_a_false_alarm_is_over(picture: Callable[[], dict[str, Any]], tell: Tell) -> None:
    tell(change())
    (card,) = picture()["alerts"]
    judge_false(card["id"], reason="煮面")
    (card,) = picture()["alerts"]  # its case is still open
    assert card["cleared"] == ms(NOW)


def test_the_sheet_tells_who_was_told_and_what_was_done(as_person: AsPerson, tell: Tell) -> None:
    tell(change(level="critical"))
    alert = queries.cards([change().id])[0]["id"]
    alerts.answer_call(alert, team="fire-1", by="fireman", now=NOW)
    detail = as_person("officer").get(f"/api/command/alerts/{alert}").json()
    by_team = {call["team"]["en"]: call for call in detail["calls"]}
    assert by_team["Micro fire station"]["by"] == "张fireman"
    assert by_team["Command centre"]["answered"] is None
    assert [step["what"]["en"] for step in detail["steps"]] == ["Opened"]
    assert detail["may_acknowledge"] is True
    asked_by_fire_chief = as_person("dispatcher").get(f"/api/command/alerts/{alert}").json()
    assert asked_by_fire_chief["may_acknowledge"] is False


def test_the_interface_gives_the_picture_as_it_says(as_person: AsPerson, tell: Tell) -> None:
    tell(change())
    answer = as_person("officer").get("/api/command/live")
    assert answer.status_code == 200
    picture = answer.json()
    assert picture["head"] == feed.head()
    assert picture["counts"].keys() == queries.counts(NOW).keys()
    assert picture["here"]["zh"] == "漕田街道"
    assert "alert.ack" in picture["me"]["may"]
    assert picture["map"] == {"url": "/live/drawing.json", "tiles": ""}


def test_whose_work_is_elsewhere_comes_in_there(as_person: AsPerson) -> None:
    worker = as_person("fireman")
    assert worker.get("/").headers["Location"] == "/cases/"
    assert 'href="/"' in worker.get("/rules/").content.decode()  # refused, and led back
    assert "btn-primary" not in as_person("nurse").get("/").content.decode()  # no room yet


@pytest.mark.parametrize("path", ["/", "/api/command/live", "/live/drawing.json"])
def test_the_picture_is_for_those_whose_work_it_is(as_person: AsPerson, path: str) -> None:
    assert as_person("officer").get(path).status_code == 200
    assert as_person("nurse").get(path).status_code == 403
    assert Client().get(path).status_code in {302, 401}


def test_a_place_in_the_feed_that_no_number_can_name_is_none(as_person: AsPerson) -> None:
    assert as_person("officer").get(f"/live/feed?after={'9' * 5000}").status_code == 200


def test_an_unknown_alert_is_not_found(as_person: AsPerson) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert as_person("officer").get(f"/api/command/alerts/{unknown}").status_code == 404


def test_the_drawing_is_sent_once_and_then_only_asked_about(as_person: AsPerson) -> None:
    officer = as_person("officer")
    places.put_drawing(body='{"type":"FeatureCollection","features":[]}')
    first = officer.get("/live/drawing.json")
    again = officer.get("/live/drawing.json", headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    places.put_drawing(body='{"type":"FeatureCollection","features":[{}]}')
    changed = officer.get("/live/drawing.json", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_the_page_says_where_and_who(as_person: AsPerson) -> None:
    page = as_person("officer").get("/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "漕田街道指挥中心 · " in page
    assert " · 张officer" in page
    assert 'data-cloth="night"' in page
