"""Of a danger that is told of a whole compound people and 119 are told the door."""

from __future__ import annotations

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands, ringing, telling, where
from xiuhua.city.alerts.models import RESCUE, Alert, Call
from xiuhua.city.alerts.rescue import words_for_rescue
from xiuhua.city.devices.commands import NewDevice, put_devices

FLAT, BUILDING, SITE = "tl04-b031-0402", "tl04-b031", "tl04"


@pytest.fixture(autouse=True)
def sensors(people: dict[str, User]) -> None:
    put_devices(
        devices=[
            NewDevice(id=id_, kind=kind, site=SITE, place=place, flat=flat, lon=121.0, lat=31.0,
                      building=BUILDING, zh="", en="")
            for id_, kind, place, flat in (
                ("tl04-smoke-0007", "smoke", FLAT, FLAT), ("tl04-water-0001", "water", BUILDING, "")
            )
        ]
    )  # fmt: skip


def told_of_the_site(device: str, *, place: str = SITE, rule: str = "smoke-fire") -> Alert:
    told = msgspec.structs.replace(
        change(rule), id=f"00000000-0000-4000-8000-00000000000{len(place)}", subject=SITE,
        device=device, place=place,
    )  # fmt: skip
    commands.record([told], NOW)
    return Alert.objects.get(subject=SITE)


@pytest.mark.parametrize("place", ["", SITE])
def test_it_is_where_the_sensor_that_decided_stands(place: str) -> None:
    alert = told_of_the_site("tl04-smoke-0007", place=place)
    assert where.spot(alert) == FLAT
    assert "31号 402室" in words_for_rescue(alert)
    call = Call.objects.filter(alert=alert)[0]
    assert "31号 402室" in telling.spoken(call)[0]
    assert "31号 402室" in telling.message(call)[0]
    assert "31号 402室" in ringing._say(Call(alert=alert, outside=RESCUE))


def test_where_something_else_decided_it_is_where_the_danger_is_known() -> None:
    alert = told_of_the_site("tl04-water-0001")
    assert where.spot(alert) == BUILDING, "better than the compound"
    commands.record([change()], NOW)
    assert where.spot(alert) == FLAT
    commands.record([change(seq=2, what="cleared", after=60)], NOW)
    assert where.spot(alert) == BUILDING


def test_of_anything_else_and_of_a_sensor_that_nobody_knows_it_is_the_place_that_it_names() -> None:
    assert where.spot(told_of_the_site("tl04-smoke-0007", rule="smoke-battery")) == SITE
    Alert.objects.all().delete()
    assert where.spot(told_of_the_site("tl04-smoke-0099")) == SITE


@pytest.mark.parametrize("page", ["", "go/"])
def test_its_pages_name_the_door(people: dict[str, User], page: str) -> None:
    alert, client = told_of_the_site("tl04-smoke-0007"), Client()
    client.force_login(people["officer"])
    shown = client.get(f"/alerts/{alert.id}/{page}").content.decode()
    assert shown.count("31号 402室") >= 2, "the head and the words for 119"
