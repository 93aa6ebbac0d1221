"""A storm is one case; where a life may be at risk, each alert keeps its own beneath it."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change, later_child, storm, storm_id
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import commands, queries, waiting
from xiuhua.city.cases.models import Case
from xiuhua.city.devices.commands import NewDevice, put_devices
from xiuhua.engine.changes import AlertChange

pytestmark = pytest.mark.usefixtures("people")

STORM = UUID(storm_id())


def tell(changes: list[AlertChange]) -> None:
    """Batch by batch, as the worker does: what was decided at one position stays together."""
    for position in sorted({one.position for one in changes}):
        batch = [one for one in changes if one.position == position]
        alerts.record(batch, NOW)
        commands.open_for(batch, NOW)


def cases_of(rule: str) -> set[str]:
    return {str(alert) for alert in Case.objects.filter(zh=rule).values_list("alert", flat=True)}


def test_a_storm_has_the_case_and_what_joins_it_has_none() -> None:
    changes = storm()
    tell(changes)
    tell([later_child()])
    before = {changes[0].id, changes[1].id}  # nobody could know yet
    assert cases_of("烟感电池将尽") == {*before, str(STORM)}
    assert Case.objects.get(alert=STORM).place == "tl04-b031"


def test_each_fire_keeps_its_own_case() -> None:
    tell([*storm("smoke-fire", level="serious"), later_child("smoke-fire", level="serious")])
    assert Case.objects.count() == 5
    assert set(Case.objects.values_list("team", flat=True)) == {"fire-1"}


def test_the_case_of_one_of_them_is_the_storm_s(people: dict[str, User]) -> None:
    tell([*storm(), later_child()])
    found = queries.of_alert(people["officer"], UUID(later_child().id))
    assert found is not None
    assert found.alert == STORM


def test_on_the_board_cases_of_a_storm_stand_beneath_its_own(people: dict[str, User]) -> None:
    tell(storm())
    tell([change("smoke-fire")])
    listed = waiting.board(people["officer"])
    assert [task.case.alert == STORM for task in listed] == [False, True]
    assert [task.case.alert for task in listed[1].under] == [UUID(one.id) for one in storm()[:2]]
    assert listed[1].belonging == 3


def test_without_the_storm_s_case_each_stands_by_itself(people: dict[str, User]) -> None:
    tell(storm())
    Case.objects.filter(alert=STORM).update(stage="void", ended=NOW)
    assert len(waiting.board(people["officer"])) == 2


def test_a_team_called_to_a_storm_is_called_once(people: dict[str, User]) -> None:
    tell(storm("smoke-fire", level="serious"))
    (call,) = waiting.calls_beside(people["guard"])
    assert str(call.alert_id) == storm_id("smoke-fire")


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", ["3 处，同一原因", "2 件各自的案卷"]),
     ("en", ["3 places, one cause", "2 cases of their own"])],
)  # fmt: skip
def test_the_pages_say_so(people: dict[str, User], language: str, words: list[str]) -> None:
    tell(storm())
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(people["officer"])
    board = client.get("/cases/?stage=all").content.decode()
    for word in words:
        assert word in board
    whole = Case.objects.get(alert=STORM)
    page = client.get(f"/cases/{whole.number}/").content.decode()
    assert words[0] in page
    assert 'id="belonging"' in page
    own = Case.objects.exclude(alert=STORM).first()
    assert own is not None
    assert f'href="/cases/{whole.number}/"' in client.get(f"/cases/{own.number}/").content.decode()


def test_the_board_of_those_called_lists_where(people: dict[str, User]) -> None:
    tell(storm("smoke-fire", level="serious"))
    client = Client()
    client.force_login(people["guard"])
    assert client.get("/cases/").content.decode().count("402室") == 3


def test_a_storm_of_the_streets_lies_in_the_sub_district_of_its_device() -> None:
    put_devices(devices=[
        NewDevice(id="street-smoke-0007", kind="smoke", site="street", place="tl05",
                  lon=121.43, lat=31.17, zh="", en=""),
    ])  # fmt: skip
    outdoors = msgspec.structs.replace(
        change(site="street"), subject="street", place="street", children=5
    )
    (case,) = commands.open_for([outdoors], NOW)
    assert case.subdistrict == "310104911"
