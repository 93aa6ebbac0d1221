"""Each door tried by each role, cell by cell, as the table in docs/reference/access.md says."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from tests.city.alerts import world
from tests.city.conftest import Hire
from xiuhua.city import feed
from xiuhua.city.access import ROLES
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.models import Alert
from xiuhua.city.cases.models import Case
from xiuhua.city.cases.opening import open_for
from xiuhua.city.devices import commands as devices
from xiuhua.city.doors import Door, doors
from xiuhua.city.staff import commands as staff

ENDLESS = {"/live/feed"}
"""A stream that does not end: only those it refuses are tried."""
BODY = (
    b'{"reason":"trial","person":"nobody","version":1,"name":"silence","from":1,"to":2,'
    b'"flat":"tl04-b031-0402"}'
)
FORM = {"source": "phone", "case_class": "fire", "place": "tl04", "words": "trial"}
QUERY = "?field=temperature&from=1&to=2"
ROOT = "/"
"""Sends everybody on to the room where their work is."""


@pytest.fixture
def alert(db: None) -> Alert:
    """A fire with its case, and a device, for the addresses to name."""
    world.settle()
    change = world.change()
    devices.put_devices(
        devices=[
            devices.NewDevice(
                id=change.device, kind="smoke", site="tl04", place=change.place,
                lon=121.4, lat=31.1, zh="烟感", en="Detector",
            )
        ]
    )  # fmt: skip
    alerts.record([change], world.NOW)
    open_for([change], world.NOW)
    return Alert.objects.get()


@pytest.fixture
def people(alert: Alert) -> dict[str, User]:
    """One of each role, in no team."""
    for role in ROLES:
        staff.put_member(username=f"a-{role}", role=role, zh=role, en=role)
    return {role: User.objects.get(username=f"a-{role}") for role in ROLES}


def address(door: Door, alert: Alert) -> str:
    """The door's address with things that are there."""
    case = Case.objects.get()
    known = {
        "alert": alert.id, "device": alert.device, "number": case.number, "step": "handle",
        "rule": "smoke-fire", "name": "rain", "holder": alert.device,
    }  # fmt: skip

    def fill(match: re.Match[str]) -> str:
        sort, name = match[1], match[2]
        of_alert = sort == "uuid:" or door.path.startswith("/api/alerts/")
        if name == "id" and of_alert:
            return str(alert.id)
        return "1" if sort == "int:" else str(known.get(name, "none"))

    return re.sub(r"[<{](\w+:)?(\w+)[>}]", fill, door.path)


def answer(client: Client, door: Door, path: str) -> int:
    """How the door answers; nothing that it does stays. A page that takes no GET gets a POST."""
    method = "GET" if door.method == "page" else door.method
    with transaction.atomic():
        said = client.generic(method, path + QUERY, BODY, content_type="application/json")
        if said.status_code == 405:
            said = client.post(path)
        if said.status_code == 422 and method == "POST":
            said = client.post(path, FORM)
        transaction.set_rollback(True)
    return said.status_code


def test_every_door_has_a_lock() -> None:
    open_ = [door.path for door in doors() if door.needs is None and door.path != ROOT]
    assert open_ == []
    assert len(doors()) > 50


@pytest.mark.slow
def test_each_door_opens_to_whom_the_table_says(alert: Alert, people: dict[str, User]) -> None:
    wrong = []
    for role, actions in ROLES.items():
        client = Client()
        client.force_login(people[role])
        for door in doors():
            allowed = door.needs in actions
            if not door.needs or (door.path in ENDLESS and allowed):
                continue
            said = answer(client, door, address(door, alert))
            opened = said != 403
            if opened > allowed or (opened < allowed and not door.owner) or said == 405:
                wrong.append((role, door.path, door.needs, said))
    assert wrong == []


def test_what_is_somebody_elses_is_not_there(alert: Alert, people: dict[str, User]) -> None:
    """In no team and called for nothing: only who looks at all of them finds alert and case."""
    case = Case.objects.get().number
    for role, actions in ROLES.items():
        client = Client()
        client.force_login(people[role])
        desk = {"alert.look", "case.look"} <= actions
        seen = {
            f"/api/alerts/{alert.id}": "alert.look" in actions,
            f"/alerts/{alert.id}/": desk,
            f"/api/cases/{case}": desk,
        }
        found = {path: client.get(path).status_code == 200 for path in seen}
        assert found == seen, role


PUBLIC = {
    "/public/", "/public/report/", "/public/find/", "/public/mine/", "/public/mine/<slug:deed>",
    "/public/near.json", "/public/drawing.json",
}  # fmt: skip
"""Open to everyone on purpose: a new one is written down here too."""


def test_the_doors_without_a_lock_are_these_and_no_others() -> None:
    assert {door.path for door in doors() if door.open} == PUBLIC


def test_strangers_come_in_nowhere_else(alert: Alert) -> None:
    head = feed.head()
    for door in doors():
        if door.open:
            continue
        assert answer(Client(), door, address(door, alert)) in {302, 401}, door.path
    assert feed.head() == head


BODIES = [
    (b"", "application/json"), (b"{", "application/json"), (b"[1]", "application/json"),
    (b"\xff\xfe", "application/json"), (b'{"reason":{}}', "application/json"),
    (b"--", "multipart/form-data; boundary=x"), (b"a=%ff", "application/x-www-form-urlencoded"),
    (b"x", "text/plain"),
]  # fmt: skip
"""What no operation takes: nothing, half a word, another shape, no text at all."""


@pytest.mark.parametrize(("body", "sort"), BODIES)
def test_the_typed_interface_reads_nothing_from_who_may_not_come_in(
    hire: Hire, body: bytes, sort: str
) -> None:
    """The lock is asked before the request is read: no wrong address, query or body gets past."""

    def answers(client: Client, those: list[Door]) -> dict[str, int]:
        nowhere = {door: re.sub(r"[<{][^>}]+[>}]", "none", door.path) for door in those}
        return {
            f"{door.method} {path}": client.generic(
                door.method, f"{path}?from=x&field=", body, sort
            ).status_code
            for door, path in nowhere.items()
        }

    operations = [door for door in doors() if door.path.startswith("/api/")]
    locked = [door for door in operations if door.needs]
    assert len(locked) > 15
    assert set(answers(Client(), operations).values()) == {401}
    nurse = Client()
    nurse.force_login(hire("nurse", role="nurse"))
    refused = answers(nurse, locked)
    assert {door: said for door, said in refused.items() if said != 403} == {}
