"""Residents over the wire: a reason or nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.people import commands
from xiuhua.city.people.commands import NewResident
from xiuhua.city.people.models import Look

pytestmark = pytest.mark.django_db
ASK = {"flat": "tl04-b031-0402", "reason": "火警"}


@pytest.fixture(autouse=True)
def resident() -> None:
    commands.put(residents=[NewResident(id="r-1", flat=ASK["flat"], name="顾阿婆", phone="138")])


def ask(client: Client, body: dict[str, str]) -> tuple[int, object]:
    answer = client.post("/api/people/contacts", body, content_type="application/json")
    kept = "json" in answer.headers["Content-Type"]
    return answer.status_code, answer.json() if kept else None


def test_an_officer_with_a_reason_gets_the_contact_and_is_written_down(
    client: Client, hire: Hire
) -> None:
    client.force_login(hire("lin", role="duty_officer"))
    assert ask(client, ASK) == (200, [{"name": "顾阿婆", "phone": "138", "tags": []}])
    assert Look.objects.get().who == "lin"


def test_anybody_else_gets_nothing(client: Client, hire: Hire) -> None:
    assert ask(client, ASK)[0] == 401
    client.force_login(hire("bao", role="handler"))
    assert ask(client, ASK)[0] == 403
    client.force_login(hire("lin", role="duty_officer"))
    assert ask(client, ASK | {"reason": " "})[0] == 422
    assert ask(client, ASK | {"reason": "火" * 301})[0] == 422
    assert ask(client, ASK | {"flat": "x" * 65})[0] == 422
    assert not Look.objects.exists()
