"""Residents: sealed by field, shown only through doors that write down who looked."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.city.conftest import Hire
from xiuhua.city.chain import AppendOnly
from xiuhua.city.crypto import Unsealable
from xiuhua.city.people import commands, looks, queries
from xiuhua.city.people.commands import NewResident
from xiuhua.city.people.models import Look, LooksHead, Resident
from xiuhua.city.people.queries import Contact

pytestmark = pytest.mark.django_db

ELDER = NewResident(
    id="r-0001", flat="tl04-b031-0402", name="顾阿婆", phone="13800001234", birth_year=1938,
    sex="f", tags=("elder-alone", "deaf"), cards=("c-1",), plates=("v-1",),
)  # fmt: skip
SON = NewResident(id="r-0002", flat="tl04-b031-0402", name="顾建国", cards=("c-2",))


@pytest.fixture(autouse=True)
def residents() -> None:
    assert commands.put(residents=[ELDER, SON]) == 2


@pytest.fixture
def officer(hire: Hire) -> User:
    return hire("lin", role="duty_officer")


def look(officer: User, now: datetime, *, reason: str = "火警 A1") -> list[Contact]:
    return queries.contacts_of_flat(flat="tl04-b031-0402", looker=officer, reason=reason, now=now)


def test_an_officer_in_a_fire_learns_whom_to_look_for(officer: User, now: datetime) -> None:
    assert look(officer, now) == [
        Contact(name="顾阿婆", phone="13800001234", tags=("elder-alone", "deaf")),
        Contact(name="顾建国", phone="", tags=()),
    ]


def test_every_look_is_written_down(officer: User, now: datetime) -> None:
    look(officer, now)
    queries.contact_of_token(token="c-9", looker=officer, reason="拾到门卡", now=now)
    first, second = Look.objects.order_by("seq")
    assert (first.who, first.role, first.why) == ("lin", "duty_officer", "火警 A1")
    assert first.what == "flat tl04-b031-0402 name,phone,tags r-0001 r-0002"
    assert first.at == int(now.timestamp() * 1000)
    assert second.what == "token c-9 name,phone,tags"  # a look that finds nobody is a look too
    assert looks.ledger.first_broken() is None


def test_a_card_leads_to_its_holder(officer: User, now: datetime) -> None:
    found = queries.contact_of_token(token="c-2", looker=officer, reason="拾到门卡", now=now)
    assert found is not None and found.name == "顾建国"


@pytest.mark.parametrize("role", ["handler", "auditor", "system_admin"])
def test_who_may_not_look_sees_nothing_and_leaves_no_look(
    hire: Hire, now: datetime, role: str
) -> None:
    with pytest.raises(PermissionDenied):
        look(hire("bao", role=role), now)
    assert not Look.objects.exists()


def test_no_reason_no_data(officer: User, now: datetime) -> None:
    with pytest.raises(looks.NoReason, match="needs a reason; nothing was shown"):
        look(officer, now, reason="  ")


def test_nothing_is_shown_where_the_look_cannot_be_written(officer: User, now: datetime) -> None:
    look(officer, now)
    LooksHead.objects.update(seq=0)  # the next look's number is taken: its row is refused
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        look(officer, now)
    assert Look.objects.count() == 1


def test_only_the_auditor_reads_the_looks(officer: User, hire: Hire, now: datetime) -> None:
    look(officer, now)
    assert [row.who for row in queries.looks_of(auditor=hire("an", role="auditor"))] == ["lin"]
    with pytest.raises(PermissionDenied):
        queries.looks_of(auditor=officer)


def test_nothing_personal_lies_open_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_resident")
        stored = b"".join(
            bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode()
            for row in cursor.fetchall()
            for cell in row
        )
    for secret in ("顾阿婆", "13800001234", "1938", "deaf"):
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("to", "field", "frm", "other"),
    [("r-0002", "name", "r-0001", "name"), ("r-0001", "name", "r-0001", "phone")],
    ids=["another person's", "another field's"],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(
    officer: User, now: datetime, to: str, field: str, frm: str, other: str
) -> None:
    moved = Resident.objects.values_list(other, flat=True).get(id=frm)
    Resident.objects.filter(id=to).update(**{field: moved})
    with pytest.raises(Unsealable, match=f"people.resident/{to}/{field} does not open"):
        look(officer, now)


def test_a_forgotten_resident_is_gone_but_the_looks_stay(officer: User, now: datetime) -> None:
    look(officer, now)
    assert commands.remove(resident="r-0001")
    assert not commands.remove(resident="r-0001")
    assert [contact.name for contact in look(officer, now)] == ["顾建国"]
    assert Look.objects.count() == 2


def test_enrolling_again_overwrites(officer: User, now: datetime) -> None:
    moved = NewResident(
        id="r-0002", flat="tl04-b031-0402", name="顾建国", phone="139", cards=("c-3",)
    )
    commands.put(residents=[moved])
    assert look(officer, now)[1].phone == "139"
    assert queries.contact_of_token(token="c-2", looker=officer, reason="x", now=now) is None


def test_a_look_cannot_be_changed_or_removed(officer: User, now: datetime) -> None:
    look(officer, now)
    row = Look.objects.get()
    row.why = "nothing"
    with pytest.raises(AppendOnly):
        row.save()
    with pytest.raises(AppendOnly):
        row.delete()


TAMPERING = {
    "altered": lambda: Look.objects.filter(seq=2).update(why="routine"),
    "removed": lambda: Look.objects.filter(seq=2)._raw_delete("default"),
    "swapped": lambda: (
        Look.objects.filter(seq=2).update(seq=9),
        Look.objects.filter(seq=3).update(seq=2),
        Look.objects.filter(seq=9).update(seq=3),
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_shows(officer: User, now: datetime, how: str) -> None:
    for _ in range(4):
        look(officer, now)
    call_command("verify_looks")
    TAMPERING[how]()
    assert looks.ledger.first_broken() == 2
    with pytest.raises(CommandError, match="no longer fits from number 2 on"):
        call_command("verify_looks")


def test_cutting_the_end_off_shows(officer: User, now: datetime) -> None:
    for _ in range(3):
        look(officer, now)
    Look.objects.filter(seq=3)._raw_delete("default")
    assert looks.ledger.first_broken() == 3
