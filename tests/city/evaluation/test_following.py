"""Facts follow the cases: whatever happens to a case is what is counted, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts import world
from xiuhua.city import feed
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import queries as cases
from xiuhua.city.cases.opening import open_for
from xiuhua.city.evaluation import commands
from xiuhua.city.evaluation.facts import drawn
from xiuhua.city.evaluation.models import Bulletin, Fact, Followed
from xiuhua.engine.changes import AlertChange

NOW = world.NOW
HOUR = timedelta(hours=1)


@dataclass
class Taken:
    """A step."""

    step: str
    frm: str
    to: str
    at: datetime
    by: str = "lin"
    due: datetime | None = None


@dataclass
class Case:
    """A case."""

    stage: str
    hold: str = ""
    team: str = "A"
    due: datetime | None = None
    handle_by: datetime | None = None
    handler: str = ""
    was_late: bool = False


def test_a_case_on_its_usual_way() -> None:
    steps = [
        Taken("open", "", "reported", NOW),
        Taken("file", "reported", "filed", NOW + HOUR, "xia", due=NOW + HOUR / 4),
        Taken("dispatch", "filed", "dispatched", NOW + HOUR, "lin", due=NOW + 2 * HOUR),
        Taken("accept", "dispatched", "handling", NOW + 2 * HOUR, "wu"),
        Taken("handle", "handling", "handled", NOW + 3 * HOUR, "wu"),
        Taken("approve", "handled", "inspected", NOW + 4 * HOUR, "sun", due=NOW + 4 * HOUR),
        Taken("close", "inspected", "closed", NOW + 5 * HOUR, "lead", due=NOW + 4 * HOUR),
    ]
    found = drawn(Case("closed", handle_by=NOW + 4 * HOUR), steps)
    assert (found["accept_late"], found["accept_by"]) == (True, "xia")
    assert (found["dispatch_late"], found["dispatch_by"]) == (False, "lin")
    assert (found["handle_late"], found["handle_by"]) == (False, "wu")
    assert found["handle_due"] == NOW + 4 * HOUR
    assert (found["inspect_late"], found["inspect_by"]) == (False, "sun")
    assert (found["close_at"], found["close_late"]) == (NOW + 5 * HOUR, True)
    assert (found["filed"], found["void"]) == (True, False)


def test_what_is_sent_back_for_rework_is_not_handled() -> None:
    steps = [
        Taken("open", "", "reported", NOW),
        Taken("handle", "handling", "handled", NOW + HOUR, "wu"),
        Taken("rework", "handled", "dispatched", NOW + 2 * HOUR, "sun", due=NOW + 2 * HOUR),
    ]
    found = drawn(Case("dispatched", handle_by=NOW + 4 * HOUR), steps)
    assert found["handle_at"] is None
    assert found["inspect_at"] == NOW + 2 * HOUR


def test_what_is_not_done_is_of_who_took_it_on() -> None:
    steps = [
        Taken("dispatch", "filed", "dispatched", NOW),
        Taken("accept", "dispatched", "handling", NOW, "wu"),
    ]
    found = drawn(Case("handling", handle_by=NOW + HOUR, handler="wu"), steps)
    assert (found["handle_at"], found["handle_by"]) == (None, "wu")
    assert drawn(Case("dispatched", handle_by=NOW + HOUR), steps[:1])["handle_by"] == ""


def test_where_it_waits_it_is_due() -> None:
    case = Case("reported", due=NOW + HOUR)
    found = drawn(case, [Taken("open", "", "reported", NOW)])
    assert (found["accept_due"], found["accept_at"]) == (NOW + HOUR, None)
    assert (found["filed"], found["dispatch_due"]) == (False, None)


def test_declined_before_filing_was_never_filed() -> None:
    steps = [
        Taken("open", "", "reported", NOW),
        Taken("decline", "reported", "void", NOW, "xia", due=NOW),
    ]
    found = drawn(Case("void"), steps)
    assert (found["filed"], found["void"], found["accept_by"]) == (False, True, "xia")


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return world.settle()


def tell(*changes: AlertChange) -> None:
    alerts.record(changes, NOW)
    open_for(changes, NOW)


def test_facts_follow_by_the_feed_and_are_the_same_when_drawn_anew(people: dict[str, User]) -> None:
    tell(world.change(device=1))
    assert commands.follow() == 1
    tell(world.change(device=2))
    assert commands.follow() == 1
    assert commands.follow() == 0
    rows = list(Fact.objects.order_by("number").values())
    assert {row["number"] for row in rows} == set(cases.numbers())
    assert all(row["life_safety"] for row in rows)
    Fact.objects.all().delete()
    assert commands.rebuild() == 2
    assert list(Fact.objects.order_by("number").values()) == rows
    assert Followed.objects.get().feed == feed.head()


def test_a_feed_that_no_longer_reaches_back_is_no_loss(people: dict[str, User]) -> None:
    tell(world.change(device=1))
    commands.follow()
    tell(world.change(device=2))
    feed.FeedRow.objects.update(at=1)
    feed.trim(before=2)
    assert commands.follow() == 2
    assert Fact.objects.count() == 2


def test_reports_of_a_matter_come_in_their_order(people: dict[str, User]) -> None:
    tell(world.change())
    number = next(cases.numbers())
    client = Client()
    client.force_login(people["leader"])
    form = {"what": "四楼冒烟，住户已撤出", "done": "微型消防站已到场", "people": "无伤亡"}
    path = f"/evaluation/matters/{number}/"
    assert client.post(f"{path}write/", form | {"kind": "follow_up"}).status_code == 422
    assert client.post(f"{path}write/", form | {"kind": "first"}).status_code == 302
    assert client.post(f"{path}write/", form | {"kind": "first"}).status_code == 422
    assert client.post(f"{path}write/", form | {"kind": "final", "done": ""}).status_code == 422
    assert client.post(f"{path}write/", form | {"kind": "final"}).status_code == 302
    assert client.post(f"{path}write/", form | {"kind": "follow_up"}).status_code == 422
    assert [one.kind for one in Bulletin.objects.all()] == ["first", "final"]
    shown = client.get(path).content.decode()
    assert "四楼冒烟" in shown
    pdf = client.get(f"{path}{Bulletin.objects.first().pk}.pdf")  # type: ignore[union-attr]
    assert pdf.content.startswith(b"%PDF")
    client.force_login(people["officer"])
    assert client.get(f"{path}999.pdf").status_code == 404
    client.force_login(people["nurse"])
    assert client.get(path).status_code == 403
