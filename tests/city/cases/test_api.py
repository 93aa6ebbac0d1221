"""The typed interface of alerts and cases: the same doors, refusals in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.city.alerts.world import change
from tests.city.cases.test_photos import BAD, picture
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import commands
from xiuhua.city.cases.models import Case

Ask = Callable[..., Any]


@pytest.fixture
def fire(people: dict[str, User]) -> Case:
    now = timezone.now()
    alerts.record([change()], now)
    return commands.open_for([change()], now)[0]


@pytest.fixture
def ask(people: dict[str, User]) -> Ask:
    """Ask as somebody: GET, or POST where something is sent; gives status and JSON."""

    def ask(who: str, path: str, sent: dict[str, Any] | None = None, **more: Any) -> Any:
        client = Client()
        client.force_login(people[who])
        answer = client.get(path) if sent is None else client.post(path, sent, **more)
        return answer.status_code, answer.json()

    return ask


def test_alerts_and_their_detail(ask: Ask, fire: Case) -> None:
    status, (alert,) = ask("officer", "/api/alerts/")
    assert (status, alert["id"], alert["level"]) == (200, str(fire.alert), "serious")
    status, detail = ask("guard", f"/api/alerts/{fire.alert}")
    assert [each["what"] for each in detail["changes"]] == ["raised"]
    assert [call["team"] for call in detail["calls"]] == ["tl04-guard", "fire-1", "duty"]


@pytest.mark.parametrize(
    ("who", "path", "sent", "status"),
    [
        ("nurse", "/api/alerts/", None, 403),
        ("guard", "/api/alerts/", None, 403),
        ("crew", "/api/alerts/{alert}", None, 404),
        ("guard", "/api/alerts/{alert}/acknowledge", {}, 403),
        ("otherguard", "/api/alerts/{alert}/answer", {}, 404),
        ("nurse", "/api/cases/", None, 403),
        ("nurse", "/api/cases/inbox", None, 403),
        ("guard", "/api/cases/counts", None, 403),
        ("crew", "/api/cases/{number}", None, 404),
        ("crew", "/api/cases/{number}/steps/accept", {"version": 1}, 404),
        ("supervisor", "/api/cases/{number}/steps/accept", {"version": 1}, 403),
        ("leader", "/api/cases/{number}/steps/close", {"version": 1}, 409),
        ("fireman", "/api/cases/{number}/steps/return", {"version": 1}, 422),
        ("fireman", "/api/cases/{number}/steps/accept", {"version": 7}, 409),
    ],
)
def test_refusals_are_problems_in_both_languages(
    ask: Ask, fire: Case, who: str, path: str, sent: dict[str, Any] | None, status: int
) -> None:
    came, problem = ask(who, path.format(alert=fire.alert, number=fire.number), sent)
    assert came == problem["status"] == status
    assert problem["detail"] == problem["zh"]
    assert problem["zh"].isascii() is False
    assert problem["en"].isascii() is True
    fire.refresh_from_db()
    assert fire.stage == "dispatched"


def test_without_a_login_there_is_nothing(fire: Case) -> None:
    for path in ("/api/alerts/", "/api/cases/", f"/api/cases/{fire.number}"):
        assert Client().get(path).status_code == 401


def test_acknowledge_answer_and_call_false(ask: Ask, fire: Case) -> None:
    path = f"/api/alerts/{fire.alert}"
    assert ask("officer", f"{path}/acknowledge", {})[1]["acknowledged_by"] == "officer"
    assert ask("leader", f"{path}/acknowledge", {})[1]["acknowledged_by"] == "officer"
    assert ask("guard", f"{path}/answer", {})[1]["answered_by"] == "guard"
    as_json = {"content_type": "application/json"}
    assert ask("officer", f"{path}/false-alarm", {"reason": " "}, **as_json)[0] == 422
    status, refused = ask("officer", f"{path}/false-alarm", {"reason": "蒸汽"}, **as_json)
    assert (status, refused["code"]) == (409, "second_person")
    assert ask("leader", f"{path}/false-alarm", {"reason": "蒸汽"}, **as_json)[1]["false"]
    assert ask("officer", "/api/alerts/")[1] == []


def test_a_case_handled_with_photos(ask: Ask, fire: Case) -> None:
    path = f"/api/cases/{fire.number}"
    status, (task,) = ask("fireman", "/api/cases/inbox")
    assert (task["steps"], task["team_zh"], task["level"]) == (
        ["accept", "return"], "微型消防站", "serious",
    )  # fmt: skip
    _, case = ask("fireman", f"{path}/steps/accept", {"version": task["version"]})
    bad = SimpleUploadedFile("a.jpg", (BAD / "page.html").read_bytes(), "image/jpeg")
    wish = {"version": case["version"], "note": "已扑灭"}
    status, problem = ask("fireman", f"{path}/steps/handle", {**wish, "after": bad})
    assert (status, problem["code"]) == (422, "bad_photo")
    good = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    status, case = ask("fireman", f"{path}/steps/handle", {**wish, "after": good})
    assert (status, case["stage"], case["steps"]) == (200, "handled", [])
    assert [photo["shows"] for photo in case["history"][-1]["photos"]] == ["after"]
    assert ask("leader", "/api/cases/counts")[1] == {"open": 1, "overdue": 0, "write_up_owed": 1}
    assert ask("supervisor", "/api/cases/?stage=handled")[1][0]["number"] == fire.number


def test_the_interface_describes_itself(ask: Ask) -> None:
    _, described = ask("officer", "/api/openapi.json")
    steps = described["paths"]["/api/cases/{number}/steps/{step}"]["post"]["responses"]
    assert {"200", "403", "404", "409", "422"} <= set(steps)


def test_another_site_cannot_post_in_somebodys_name(people: dict[str, User], fire: Case) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["fireman"])
    answer = client.post(f"/api/cases/{fire.number}/steps/accept", {"version": 1})
    assert answer.status_code == 403
    fire.refresh_from_db()
    assert fire.stage == "dispatched"
