"""Family contacts: sealed, rung only with consent, each look at a number written down."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.db import connection
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.people import commands, family, looks
from xiuhua.city.people.commands import NewResident
from xiuhua.city.people.models import FamilyContact, Look
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
FLAT = "tl04-b031-0402"


def put(phone: str, *, agreed: bool, quiet: time | None = None) -> FamilyContact:
    return family.put(
        flat=FLAT, name="顾小姐", phone=phone, agreed=agreed, quiet_since=quiet, quiet_until=quiet,
        by="lin", now=NOW,
    )  # fmt: skip


def test_who_agreed_is_rung_first_then_who_lives_there_quiet_or_not() -> None:
    put("13900000001", agreed=False)
    daughter = put("13900000002", agreed=True, quiet=time(12, 0))
    commands.put(residents=[NewResident(id="r-1", flat=FLAT, name="顾阿婆", phone="13900000003")])
    assert family.lines(FLAT) == [f"c:{daughter.id}", "r:r-1"]


def test_a_number_is_given_out_with_its_look_and_not_without_consent() -> None:
    no, yes = put("13900000001", agreed=False), put("13900000002", agreed=True)
    assert family.number(f"c:{yes.id}", alert="a-1", now=NOW) == "13900000002"
    assert family.number(f"c:{no.id}", alert="a-1", now=NOW) == ""
    assert family.number("r:nobody", alert="a-1", now=NOW) == ""
    assert {look.why for look in Look.objects.all()} == {"acting on alert a-1"}
    assert Look.objects.count() == 3
    assert looks.ledger.first_broken() is None


def test_the_address_lies_sealed() -> None:
    put("13900000002", agreed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM people_familycontact")
        [row] = cursor.fetchall()
    assert b"13900000002" not in bytes(row[1])
    assert "顾".encode() not in bytes(row[0])


def test_the_page_enters_and_forgets_and_shows_nobody(client: Client, hire: Hire) -> None:
    places.put(
        places=[
            NewPlace(code=c, kind=k, parent=p, zh=c, en=c)
            for c, k, p in [("sh", "city", None), (FLAT, "flat", "sh")]
        ]
    )
    client.force_login(hire("so", role="social_worker"))
    told = {"flat": FLAT, "name": "顾小姐", "phone": "139 0000 0002", "agreed": "on"}
    assert client.post("/people/family", told | {"flat": "nowhere"}).status_code == 422
    shown = client.post("/people/family", told, follow=True).content.decode()
    assert "联系人 1" in shown
    assert "顾小姐" not in shown
    contact = FamilyContact.objects.get()
    client.post(f"/people/family/{contact.id}/forget", {"flat": FLAT})
    assert family.of_flat(FLAT) == []
    client.force_login(hire("lin", role="duty_officer"))
    assert client.get("/people/family").status_code == 403
