"""The alert desk: what each team was given this shift, and planned work announced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.city.alerts.world import NOW, change
from tests.city.command.conftest import Tell
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.almanac import queries as almanac
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases.commands import Step
from xiuhua.city.cases.models import Case
from xiuhua.city.command import desk
from xiuhua.city.dispatch import gathering

AsPerson = Callable[[str], Client]


def post(code: str) -> desk.Post:
    return next(one for one in desk.posts(NOW) if one.code == code)


def send(people: dict[str, User], team: str) -> None:
    """A case that was told the shift before and is sent to that team now."""
    before = almanac.shift(NOW).since - timedelta(hours=1)
    told = change("smoke-battery", device=8)
    alerts.record([told], before)
    (case,) = cases.open_for([told], before)
    case = cases.do(case.number, Step.FILE, by=people["acceptor"], version=case.version, now=before)
    cases.do(
        case.number, Step.DISPATCH, by=people["dispatcher"], version=case.version, team=team,
        now=NOW,
    )  # fmt: skip


def test_the_desk_and_dispatch_count_the_orders_that_were_sent_this_shift(
    people: dict[str, User],
) -> None:
    send(people, "repair-1")
    assert Case.objects.get().opened < almanac.shift(NOW).since
    assert post("repair-1").orders == 1
    alerts.set_budget(post="repair-1", most=3, by="leader", now=NOW)
    assert gathering._left(["repair-1"], NOW) == {"repair-1": 2}


def test_the_alerts_that_called_a_team_are_counted_beside_its_orders(
    tell: Tell, people: object
) -> None:
    tell(change(), change(device=8, site="tl05"))
    fire, guard = post("fire-1"), post("tl04-guard")
    assert (fire.alerts, guard.alerts) == (2, 1)
    assert post("repair-2").alerts == 0
    assert not fire.over
    alerts.set_budget(post="fire-1", most=1, by="leader", now=NOW)
    assert post("fire-1").over
    assert desk.posts(NOW)[0].alerts == 2, "who has most stands first"


def test_the_page_shows_both_numbers_and_the_limit(as_person: AsPerson, people: object) -> None:
    alerts.record([change()], timezone.now())
    page = as_person("leader").get("/desk/").content.decode()
    row = page[page.index("微型消防站") :]
    cells = row[: row.index("</tr>")]
    assert '<td class="num">1</td><td class="num">0</td><td class="num">30</td>' in cells
