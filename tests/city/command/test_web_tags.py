"""What every page is dressed in: the reader's cloth, the rooms, the built scripts."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.account.forms import ReauthenticateForm
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from xiuhua.city.command.templatetags import web

BUILT = {
    "src/live/live.ts": {
        "file": "assets/live-1.js",
        "css": ["assets/live-1.css"],
        "imports": ["_shared.js"],
    },
    "_shared.js": {"file": "assets/shared-1.js", "css": ["assets/shared-1.css"]},
}


def request(path: str = "/", **cookies: str) -> HttpRequest:
    asked = RequestFactory().get(path)
    asked.COOKIES.update(cookies)
    asked.user = AnonymousUser()
    return asked


def worn(cookies: dict[str, str], **context: str) -> str:
    text = "{% load web %}{% cloth %} {% type_size %}"
    return Template(text).render(Context({"request": request(**cookies), **context}))


def test_the_reader_s_choice_wins_over_the_page_s_over_the_house_s() -> None:
    assert worn({}) == "night normal"
    assert worn({}, default_cloth="paper") == "paper normal"
    assert worn({"cloth": "night", "type": "large"}, default_cloth="paper") == "night large"
    assert worn({"cloth": '"><script>'}) == "night normal"


def test_no_password_field_leads_to_the_reset_by_mail_that_this_house_has_closed() -> None:
    form = ReauthenticateForm(user=AnonymousUser())
    field = form["password"]
    assert "/password/reset/" in str(field.help_text)  # allauth's own way out
    assert "reset" not in render_to_string("field.html", {"field": field})


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("django.conf.settings.WEB_DIST", tmp_path, raising=False)
    return tmp_path


def test_an_island_brings_its_styles_and_those_of_its_parts(dist: Path) -> None:
    (dist / ".vite").mkdir()
    (dist / ".vite" / "manifest.json").write_text(json.dumps(BUILT))
    assert web.island("live") == (
        '<link rel="stylesheet" href="/static/assets/shared-1.css">'
        '<link rel="stylesheet" href="/static/assets/live-1.css">'
        '<script type="module" src="/static/assets/live-1.js"></script>'
    )
    assert web.island("unheard-of") == ""


def test_pages_stand_without_a_built_front_end(dist: Path) -> None:
    assert web.island("live") == ""


def shown(role: str, path: str = "/") -> dict[str, bool]:
    """The rooms that somebody of that role sees, and which one they are in."""
    asked = request(path)
    asked.user = SimpleNamespace(  # type: ignore[assignment]
        is_authenticated=True, is_active=True, member=SimpleNamespace(role=role)
    )
    return {room["url"]: room["here"] for room in web.rooms(Context({"request": asked}))}


def test_the_room_that_one_is_in_is_marked() -> None:
    here = shown("duty_officer", "/cases/1/")
    assert here == {
        "/": False, "/cases/": True, "/cases/search/": False, "/dispatch/": False,
        "/dispatch/round/": False, "/devices/": False, "/rules/": False,
        "/people/contacts": False, "/desk/": False, "/alerts/": False, "/staff/": False,
        "/evaluation/": False, "/road/": False,
    }  # fmt: skip


def test_nobody_is_shown_a_room_that_they_may_not_enter() -> None:
    assert shown("handler", "/cases/search/") == {
        "/cases/": False, "/cases/search/": True, "/dispatch/round/": False,
    }  # fmt: skip
    assert shown("auditor").keys() == {"/rules/", "/people/looks", "/staff/grants/", "/archive/"}
    assert shown("nurse") == {}
    assert web.rooms(Context({"request": request()})) == []
