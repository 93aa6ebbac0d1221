"""What is held back comes back: at its time, by hand, or when it grows worse; a risk to life never
waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands, escalating, queries
from xiuhua.city.alerts.models import Alert, AlertStep, Call, Escalation, Held
from xiuhua.city.almanac import queries as almanac

pytestmark = pytest.mark.usefixtures("people")
HOUR = timedelta(hours=1)


def listed() -> list[str]:
    return [row["rule"] for row in queries.current()]


def battery(**more: object) -> Alert:
    commands.record([change("smoke-battery", level="warn", **more)], NOW)  # type: ignore[arg-type]
    return Alert.objects.get(rule="smoke-battery")


def put_off(alert: Alert) -> None:
    commands.suppress(alert.id, by="officer", why="电工已在路上", until=NOW + HOUR, now=NOW)


def quiet(**more: str) -> None:
    named = {"place": "", "device": "", "rule": ""} | more
    commands.put_quiet(
        **named, since=NOW - HOUR, until=NOW + HOUR, why="更换烟感", by="leader", now=NOW
    )


def steps(alert: Alert) -> list[str]:
    return [step.what for step in queries.steps(alert.id)]


def test_what_is_put_off_comes_back_when_its_time_is_over() -> None:
    alert = battery()
    put_off(alert)
    assert listed() == []
    assert commands.release_due(NOW + HOUR - timedelta(seconds=1)) == 0
    assert commands.release_due(NOW + HOUR) == 1
    assert listed() == ["smoke-battery"]
    assert steps(alert) == ["held", "released"]


def test_what_is_put_off_comes_back_at_once_when_it_grows_worse() -> None:
    alert = battery()
    put_off(alert)
    worse = change("smoke-battery", seq=2, what="level", level="critical", after=60)
    commands.record([worse], NOW)
    assert listed() == ["smoke-battery"]
    assert Call.objects.filter(alert=alert).exists(), "critical calls, held or not"


def test_what_is_over_does_not_come_back() -> None:
    alert = battery()
    put_off(alert)
    commands.record([change("smoke-battery", seq=2, what="cleared", level="warn", after=60)], NOW)
    assert commands.release_due(NOW + HOUR) == 0
    assert queries.held_now() == []
    assert steps(alert) == ["held"]


@pytest.mark.parametrize("until", [NOW, NOW - HOUR, NOW + commands.LONGEST + HOUR])
def test_an_end_that_makes_no_sense_is_refused(until: object) -> None:
    alert = battery()
    with pytest.raises(commands.BadTime):
        commands.suppress(alert.id, by="officer", why="等", until=until, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(commands.ReasonMissing):
        commands.suppress(alert.id, by="officer", why=" ", until=NOW + HOUR, now=NOW)
    assert listed() == ["smoke-battery"]


def test_a_risk_to_life_is_never_put_off_not_even_by_the_database() -> None:
    commands.record([change()], NOW)
    fire = Alert.objects.get()
    with pytest.raises(commands.LifeAtRisk):
        put_off(fire)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.update(held="quiet", held_until=NOW + HOUR)


@pytest.mark.parametrize(
    "named",
    [
        {"place": "tl04"},
        {"place": "tl04-b031"},
        {"device": "tl04-smoke-0007"},
        {"rule": "smoke-battery"},
        {"place": "tl04", "rule": "smoke-battery"},
    ],
)
def test_planned_work_keeps_quiet_what_it_names(named: dict[str, str]) -> None:
    quiet(**named)
    commands.record([change("smoke-battery", level="critical")], NOW)
    assert listed() == []
    assert not Call.objects.exists()
    assert not Escalation.objects.exists(), "the first call silenced and the second not: the trap"
    assert commands.release_due(NOW + HOUR) == 1
    assert listed() == ["smoke-battery"]
    assert Call.objects.exists(), "it calls as if it had just begun"
    assert Escalation.objects.exists()


@pytest.mark.parametrize(
    "named",
    [
        {"place": "tl05"},
        {"device": "tl04-smoke-0008"},
        {"rule": "smoke-fire"},
        {"place": "tl04", "device": "tl04-smoke-0008"},
    ],
)
def test_planned_work_elsewhere_does_not(named: dict[str, str]) -> None:
    quiet(**named)
    battery()
    assert listed() == ["smoke-battery"]


def test_planned_work_does_not_keep_a_fire_quiet() -> None:
    quiet(place="tl04")
    commands.record([change()], NOW)
    assert listed() == ["smoke-fire"]
    assert Call.objects.count() == 3


def test_planned_work_that_ends_early_lets_go() -> None:
    quiet(place="tl04")
    battery()
    [window] = queries.quiet_windows(NOW)
    assert commands.end_quiet(window.id, by="leader", now=NOW + HOUR / 2)
    assert commands.release_due(NOW + HOUR / 2) == 1
    assert listed() == ["smoke-battery"]
    assert not commands.end_quiet(window.id, by="leader", now=NOW + HOUR / 2)


def test_what_other_work_still_covers_waits_on() -> None:
    quiet(place="tl04")
    battery()
    commands.put_quiet(
        place="", device="", rule="smoke-battery", since=NOW, until=NOW + 3 * HOUR,
        why="换电池", by="leader", now=NOW,
    )  # fmt: skip
    assert commands.release_due(NOW + HOUR) == 0
    assert Alert.objects.get().held_until == NOW + 3 * HOUR
    assert commands.release_due(NOW + 3 * HOUR) == 1


@pytest.mark.parametrize("named", [{}, {"place": "nowhere"}])
def test_planned_work_must_name_something(named: dict[str, str]) -> None:
    with pytest.raises(commands.NothingNamed):
        quiet(**named)


def test_warnings_beyond_the_budget_wait_for_the_next_shift() -> None:
    commands.set_budget(post="", most=2, by="leader", now=NOW)
    many = [change("smoke-battery", level="warn", device=n) for n in range(1, 6)]
    commands.record(many[:1], NOW)
    commands.record(many[1:], NOW)
    assert len(listed()) == 2
    assert {alert.held for alert in queries.held_now()} == {Held.BUDGET}
    [eater] = queries.eaters(almanac.shift(NOW).since)
    assert (eater.rule, eater.came, eater.held) == ("smoke-battery", 5, 3)
    assert commands.release_due(almanac.next_change(NOW)) == 3
    assert len(listed()) == 5


def test_what_is_grave_comes_through_a_full_budget() -> None:
    commands.set_budget(post="", most=1, by="leader", now=NOW)
    battery(device=1)
    commands.record([change("smoke-battery", level="serious", device=2)], NOW)
    commands.record([change(device=3)], NOW)
    assert sorted(listed()) == ["smoke-battery", "smoke-battery", "smoke-fire"]


def test_the_sensors_own_ills_use_no_budget() -> None:
    commands.set_budget(post="", most=1, by="leader", now=NOW)
    commands.record([change("smoke-silent", level="warn", device=n) for n in range(3)], NOW)
    assert queries.held_now() == []
    assert queries.matters_since(almanac.shift(NOW).since) == 0


def test_told_twice_it_is_held_once() -> None:
    quiet(place="tl04")
    told = [change("smoke-battery", level="warn")]
    commands.record(told, NOW)
    commands.record(told, NOW)
    assert AlertStep.objects.filter(what="held").count() == 1


def test_what_is_held_is_not_escalated() -> None:
    commands.record([change("smoke-battery", level="critical")], NOW)
    put_off(Alert.objects.get())
    before = Call.objects.count()
    escalating.escalate(NOW + HOUR / 2)
    assert Call.objects.count() == before
    commands.release_due(NOW + HOUR)
    escalating.escalate(NOW + HOUR)
    assert Call.objects.count() > before
