"""Many alerts of one cause are one matter: they stand under the storm's own alert."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change, judge_false, later_child, storm, storm_id
from xiuhua.city import feed
from xiuhua.city.alerts import commands, queries
from xiuhua.city.alerts.models import Alert, Call
from xiuhua.engine.changes import AlertChange

pytestmark = pytest.mark.usefixtures("people")

STORM = UUID(storm_id())


def ids(rows: list[dict[str, object]]) -> list[str]:
    return [str(row["id"]) for row in rows]


def over(one: AlertChange, *, seq: int, after: int = 300) -> AlertChange:
    return msgspec.structs.replace(
        one, seq=seq, what="cleared", time=one.time + after * 1000, position=900, children=0
    )


def test_what_belongs_to_a_storm_stands_under_it() -> None:
    commands.record(storm(), NOW)
    assert ids(queries.current(children=False)) == [str(STORM)]
    assert len(queries.current()) == 4
    children = queries.children_of(STORM)
    assert [child.subject[-1] for child in children] == ["1", "2", "3"]
    assert {child.parent for child in children} == {STORM}
    assert queries.belonging([STORM]) == {STORM: (3, 3)}
    assert queries.matters_since(NOW) == len(queries.raised_since(NOW)) == 1


@pytest.mark.parametrize("cut", range(1, 8))
def test_how_a_storm_is_cut_into_batches_does_not_matter(cut: int) -> None:
    changes = storm()
    commands.record(changes[cut:], NOW)
    commands.record(changes[:cut], NOW)
    rows = Alert.objects.order_by("subject").values_list("subject", "parent", "children")
    assert list(rows) == [
        ("tl04-b031", None, 3),
        *((f"tl04-smoke-000{n}", STORM, 0) for n in (1, 2, 3)),
    ]


def test_a_storm_keeps_its_number_when_all_of_it_is_over() -> None:
    changes = storm()
    commands.record(changes, NOW)
    commands.record([over(one, seq=3) for one in changes[:3]] + [over(changes[3], seq=2)], NOW)
    assert queries.current() == []
    assert Alert.objects.get(id=STORM).children == 3
    assert queries.belonging([STORM]) == {STORM: (3, 0)}


def test_those_that_are_over_stand_after_those_that_are_not() -> None:
    changes = storm()
    commands.record([*changes, over(changes[0], seq=3)], NOW)
    assert [child.subject[-1] for child in queries.children_of(STORM)] == ["2", "3", "1"]
    assert queries.belonging([STORM]) == {STORM: (3, 2)}


def test_the_pages_hear_of_the_storm_when_one_more_belongs_to_it() -> None:
    commands.record(storm(), NOW)
    told = feed.head()
    commands.record([later_child()], NOW)
    assert {event.key for event in feed.after(told)} == {later_child().id, str(STORM)}


def test_only_the_storm_calls_unless_a_life_may_be_at_risk() -> None:
    first, second, *_ = changes = storm(level="critical")
    before = {UUID(first.id), UUID(second.id)}  # nobody could know yet
    commands.record([*changes, later_child(level="critical")], NOW)
    assert set(Call.objects.values_list("alert", flat=True)) == {*before, STORM}
    Alert.objects.all().delete()
    for cut in changes[:2], [*changes[2:], later_child(level="critical")]:
        commands.record(cut, NOW)
    assert set(Call.objects.values_list("alert", flat=True)) == {*before, STORM}
    commands.record(storm("smoke-fire", level="serious"), NOW)
    fires = Call.objects.filter(alert__rule="smoke-fire").values("alert").distinct()
    assert fires.count() == 4


def test_what_turns_critical_within_a_storm_calls_nobody_of_its_own() -> None:
    changes = storm()
    worse = msgspec.structs.replace(
        changes[0], seq=3, what="level", level="critical", parent=str(STORM), position=500
    )
    commands.record([*changes, worse], NOW)
    assert not Call.objects.exists()
    commands.record([msgspec.structs.replace(changes[3], seq=2, what="level", level="critical",
                                             position=500)], NOW)  # fmt: skip
    assert set(Call.objects.values_list("alert", flat=True)) == {STORM}


def test_a_team_answers_for_all_of_a_storm() -> None:
    commands.record(storm("smoke-fire", level="serious"), NOW)
    whole = UUID(storm_id("smoke-fire"))
    commands.answer_call(whole, team="fire-1", by="fireman", now=NOW)
    assert not Call.objects.filter(team="fire-1", answered=None).exists()
    assert Call.objects.filter(team="duty", answered=None).count() == 4
    commands.record([later_child("smoke-fire", level="serious")], NOW)
    assert Call.objects.filter(team="fire-1", answered=None).count() == 1, "it is news"


def test_a_false_storm_is_false_for_all_of_it_but_where_a_life_may_be_at_risk() -> None:
    commands.record(storm() + storm("smoke-fire"), NOW)
    commands.false_alarm(STORM, by="officer", reason="换电池", now=NOW)
    assert {row["rule"] for row in queries.current()} == {"smoke-fire"}
    judge_false(storm_id("smoke-fire"), reason="演练")
    assert len(queries.current(children=False)) == 3, "each fire stands for itself again"


def test_an_alert_about_a_place_says_nothing_of_a_device() -> None:
    at_a_place = msgspec.structs.replace(change(), subject="tl04-b031", place="tl04-b031")
    commands.record([at_a_place], NOW)
    assert queries.raised_at([at_a_place.device]) == []
    commands.record(storm(), NOW)
    at = queries.raised_at([f"tl04-smoke-000{n}" for n in (1, 2, 3, 7)])
    assert sorted(device[-1] for device, _, _ in at) == ["1", "2", "3"]


def visit(person: User, address: str, language: str = "zh-hans") -> str:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize(
    ("language", "all_of_it", "one_of"),
    [("zh-hans", "3 处，同一原因", "同一原因的其中一处："),
     ("en", "3 places, one cause", "One of several of one cause:")],
)  # fmt: skip
def test_the_pages_lead_from_one_to_the_other(
    people: dict[str, User], language: str, all_of_it: str, one_of: str
) -> None:
    commands.record(storm(), NOW)
    child = queries.children_of(STORM)[0]
    page = visit(people["officer"], f"/alerts/{STORM}/", language)
    assert all_of_it in page
    assert f'href="/alerts/{child.id}/"' in page
    assert "data-island" not in page.partition("<main")[2], "nothing of one device is drawn"
    page = visit(people["officer"], f"/alerts/{child.id}/", language)
    assert one_of in page
    assert f'href="/alerts/{STORM}/"' in page


def test_who_was_called_to_a_storm_may_see_all_of_it(people: dict[str, User]) -> None:
    commands.record(storm(level="critical"), NOW)
    child = queries.children_of(STORM)[0]
    assert queries.may_see(people["guard"], child.id)
    assert not queries.may_see(people["otherguard"], child.id)


def test_the_interface_lists_a_storm_once(people: dict[str, User]) -> None:
    commands.record(storm(), NOW)
    client = Client()
    client.force_login(people["officer"])
    assert ids(client.get("/api/alerts/").json()) == [str(STORM)]
    assert len(client.get("/api/alerts/?children=true").json()) == 4
    whole = client.get(f"/api/alerts/{STORM}").json()
    assert len(whole["belonging"]) == whole["children"] == 3
    child = client.get(f"/api/alerts/{whole['belonging'][0]['id']}").json()
    assert child["parent"] == str(STORM)
    assert [one["what"] for one in child["changes"]] == ["raised", "joined"]
