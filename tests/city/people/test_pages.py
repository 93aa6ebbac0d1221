"""The pages of the people room: an officer who helps, an auditor who watches."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.translation import override

from tests.city.conftest import Hire
from xiuhua.city.people import commands
from xiuhua.city.people.commands import NewResident
from xiuhua.city.people.models import Look
from xiuhua.city.people.words import in_words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def resident() -> None:
    elder = NewResident(
        id="r-1", flat="tl04-b1-1", name="顾阿婆", phone="13800001234",
        tags=("elder", "elder_alone", "blind"),
    )  # fmt: skip
    commands.put(residents=[elder])


def test_a_reason_goes_before_the_name(client: Client, hire: Hire) -> None:
    client.force_login(hire("lin", role="duty_officer"))
    asked = client.get("/people/contacts", {"flat": "tl04-b1-1"}).content.decode()
    assert "tl04-b1-1" in asked and "顾阿婆" not in asked
    empty = client.post("/people/contacts", {"flat": "tl04-b1-1", "reason": " "})
    assert "顾阿婆" not in empty.content.decode() and not Look.objects.exists()
    shown = client.post("/people/contacts", {"flat": "tl04-b1-1", "reason": "火警"})
    assert "顾阿婆" in shown.content.decode() and 'href="tel:13800001234"' in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert Look.objects.get().why == "火警"


def test_helpers_are_told_in_words_what_matters_first() -> None:
    with override("en"):
        assert in_words(("elder", "blind", "walks_badly", "elder_alone")) == [
            "Elder living alone",
            "Walks badly",
            "blind",
        ]
        assert in_words(("elder",)) == ["Elder"]


def test_the_auditor_sees_who_looked_and_that_nothing_was_changed(
    client: Client, hire: Hire
) -> None:
    client.force_login(hire("lin", role="duty_officer"))
    client.post("/people/contacts", {"flat": "tl04-b1-1", "reason": "火警"})
    assert client.get("/people/looks").status_code == 403
    client.force_login(hire("an", role="auditor"))
    page = client.get("/people/looks").content.decode()
    assert "火警" in page and "顾阿婆" not in page and 'data-level="well"' in page
    Look.objects.update(why="routine")
    assert 'data-level="critical"' in client.get("/people/looks").content.decode()
