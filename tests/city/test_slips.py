"""Slips of the keyboard and of programs get a sentence, never a server's error."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.city.alerts.world import NOW, change, settle
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.models import Alert

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(client: Client) -> Client:
    people: dict[str, User] = settle()
    client.force_login(people["leader"])
    return client


def test_a_nul_in_words_is_refused_and_nothing_is_changed(leader: Client) -> None:
    alerts.record([change()], NOW)
    alert = Alert.objects.get()
    at = f"/alerts/{alert.id}/false/"
    assert leader.post(at, {"reason": "a\0b"}).status_code == 400
    assert leader.get("/cases/search/?place=a%00b").status_code == 400
    body = json.dumps({"case_class": "fire", "words": "a\0b"})
    answer = leader.post("/api/cases/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "nul")
    alert.refresh_from_db()
    assert alert.false is None


def test_what_only_looks_like_one_is_let_through(leader: Client) -> None:
    body = json.dumps({"case_class": "fire", "words": "C:" + chr(92) + "u0000"})
    answer = leader.post("/api/cases/", body, content_type="application/json")
    assert answer.json().get("code") != "nul"


def test_a_file_may_hold_what_it_likes(leader: Client) -> None:
    sent = {"file": SimpleUploadedFile("s.csv", b"a\0b", "text/csv")}
    assert leader.post("/cases/standards/import", sent).status_code == 302


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "9999-12-31"])
def test_a_day_beyond_all_calendars_is_told(leader: Client, day: str) -> None:
    for page, name in (("/cases/search/", "since"), ("/alerts/", "day")):
        answer = leader.get(page, {name: day})
        assert answer.status_code < 500 and "2000 年至 2100 年" in answer.content.decode(), page
