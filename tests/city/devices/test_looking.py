"""What speaks of people is shown for a reason, and every look is in the record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.devices import commands, looking, pages, queries
from xiuhua.city.devices.commands import NewDevice
from xiuhua.city.people import looks
from xiuhua.city.people.models import Look
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace

pytestmark = pytest.mark.django_db

T0 = 1_790_000_000_000
STAIRS, FLAT, UNMARKED, DOOR = (
    "tl04-smoke-0001",
    "tl04-smoke-0002",
    "tl04-water-0003",
    "tl04-door-0004",
)


@pytest.fixture(autouse=True)
def house() -> None:
    """Smoke in the stairs; smoke in a flat; water in a flat whose device says only its place; a
    door of the stairs, of a kind about people."""
    tree = (("tl04", "compound", ""), ("b031", "building", "tl04"), ("f101", "flat", "b031"))
    places.put(
        places=[
            NewPlace(code=code, kind=kind, parent=above or None, site="tl04", zh=code, en=code)
            for code, kind, above in tree
        ]
    )
    stood = (
        (STAIRS, "b031", ""),
        (FLAT, "f101", "f101"),
        (UNMARKED, "f101", ""),
        (DOOR, "b031", ""),
    )
    commands.put_devices(
        devices=[
            NewDevice(id=id_, kind=id_.split("-")[1], site="tl04", place=place, flat=flat,
                      lon=121.43, lat=31.17, zh=id_, en=id_)
            for id_, place, flat in stood
        ]
    )  # fmt: skip
    line = f'{{"device":"{FLAT}","time":{T0},"obscuration":0.02,"temperature":24.1,"battery":2.9}}'
    commands.note_readings([(FLAT, T0, T0 + 40, line)])


@pytest.fixture
def officer(hire: Hire, client: Client) -> Client:
    client.force_login(hire("lin", role="duty_officer"))
    return client


def noted() -> list[tuple[str, str, str]]:
    return list(Look.objects.order_by("seq").values_list("who", "what", "why"))


@pytest.mark.parametrize(
    ("device", "private"), [(STAIRS, False), (FLAT, True), (UNMARKED, True), (DOOR, True)]
)
def test_homes_and_kinds_about_people_are_private(device: str, private: bool) -> None:
    found = queries.one(device)
    assert found is not None and looking.private(found) is private


def test_the_stairs_need_no_reason_and_leave_no_look(officer: Client) -> None:
    assert officer.get(f"/api/devices/{STAIRS}").status_code == 200
    assert 'name="reason"' not in officer.get(f"/devices/{STAIRS}").content.decode()
    assert noted() == []


def test_the_page_shows_a_homes_readings_once_somebody_says_why(officer: Client) -> None:
    page = officer.get(f"/devices/{FLAT}").content.decode()
    assert 'name="reason"' in page and "24.1" not in page and "curve" not in page
    assert officer.post(f"/devices/{FLAT}", {"reason": "  "}).status_code == 200
    assert noted() == []
    page = officer.post(f"/devices/{FLAT}", {"reason": "alert 9"}, follow=True).content.decode()
    assert "24.1" in page and 'name="reason"' not in page
    officer.get(f"/devices/{FLAT}", {"span": "7d"})  # another look of the same visit
    assert noted() == [("lin", f"device {FLAT} page", "alert 9")] * 2
    assert 'name="reason"' in officer.get(f"/devices/{UNMARKED}").content.decode()
    assert looks.ledger.first_broken() is None


def test_a_reason_holds_for_one_visit(officer: Client) -> None:
    officer.post(f"/devices/{FLAT}", {"reason": "alert 9"})
    session = officer.session
    over = datetime.now(UTC) - timedelta(seconds=1)
    session[pages._REASONS] = {FLAT: ["alert 9", int(over.timestamp() * 1000)]}
    session.save()
    assert "24.1" not in officer.get(f"/devices/{FLAT}").content.decode()
    assert noted() == []


def test_the_api_takes_a_reason_and_records_what_was_shown(officer: Client) -> None:
    ask: dict[str, str | int] = {"field": "battery", "from": T0, "to": T0 + 60_000}
    asked: list[tuple[str, dict[str, str | int]]] = [
        (f"/api/devices/{FLAT}", {}),
        (f"/api/devices/{FLAT}/series", ask),
    ]
    for path, more in asked:
        assert officer.get(path, more).status_code == 422
        assert officer.get(path, {**more, "reason": " "}).status_code == 422
        assert noted() == []
    assert officer.get(f"/api/devices/{FLAT}", {"reason": "case 3"}).status_code == 200
    answer = officer.get(f"/api/devices/{FLAT}/series", {**ask, "reason": "case 3"})
    assert answer.json()["value"] == [2.9]
    assert noted() == [
        ("lin", f"device {FLAT} last reading", "case 3"),
        ("lin", f"device {FLAT} readings battery {T0}-{T0 + 60_000}", "case 3"),
    ]


def test_where_the_look_cannot_be_written_nothing_is_shown(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(looking, "note_look", full)
    with pytest.raises(OSError, match="disk full"):
        officer.get(f"/api/devices/{FLAT}", {"reason": "case 3"})
