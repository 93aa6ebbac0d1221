"""A risk to life that clears by itself is not over: somebody answers, is there, or has rung."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.city.alerts.world import NOW, change, raised_and_cleared
from xiuhua.city.alerts import (
    byhand,
    commands,
    danger,
    escalating,
    listing,
    ringing,
    safety,
    telling,
)
from xiuhua.city.alerts.chains import LIFE
from xiuhua.city.alerts.listing import Tab, Wanted
from xiuhua.city.alerts.models import Alert, Call, Escalation
from xiuhua.city.alerts.safety import Record
from xiuhua.epoch import millis

pytestmark = pytest.mark.usefixtures("people")
MINUTE = timedelta(minutes=1)
LATER = NOW + 2 * MINUTE


def cleared(rule: str = "smoke-fire") -> Alert:
    """A matter that was up for a minute and a half."""
    commands.record(raised_and_cleared(rule=rule), NOW)
    return Alert.objects.get(rule=rule)


def wanted(team: str, now: datetime = LATER) -> bool:
    return bool(danger.calls_waiting(team, now=now))


def say(alert: Alert, what: Record) -> None:
    safety.record(alert.id, what, by="officer", note="", now=LATER)


def test_it_calls_on_to_the_end_of_the_chain() -> None:
    alert, at = cleared(), NOW
    for rung in (*LIFE, LIFE[-1]):
        at += rung.patience
        assert escalating.escalate(at) == 1
    assert Escalation.objects.get().ended == "exhausted"
    assert Call.objects.filter(alert=alert, person="leader").exists()
    assert wanted("tl04-guard", at), "who was called still sees it"


def test_the_desk_that_has_seen_it_does_not_end_it_a_team_that_goes_does() -> None:
    alert = cleared()
    commands.acknowledge(alert.id, by="officer", team="duty", now=LATER)
    assert wanted("tl04-guard")
    assert danger.goes_on(alert, LATER)
    commands.answer_call(alert.id, team="fire-1", by="fireman", now=LATER)
    assert not wanted("tl04-guard"), "somebody goes, and it is over"
    escalating.escalate(NOW + MINUTE)
    assert Escalation.objects.get().ended == "over"


@pytest.mark.parametrize("what", [Record.ON_SITE, Record.CHECK_FALSE])
def test_who_is_there_or_has_rung_ends_it(what: Record) -> None:
    alert = cleared()
    say(alert, what)
    assert not wanted("tl04-guard")
    escalating.escalate(NOW + MINUTE)
    assert Escalation.objects.get().ended == "over"


@pytest.mark.parametrize("what", [Record.CHECK_SILENT, Record.FAMILY_SILENT, Record.RESCUE_CALLED])
def test_nothing_else_that_is_recorded_ends_it(what: Record) -> None:
    say(cleared(), what)
    assert wanted("tl04-guard")


def test_the_check_that_finds_it_true_takes_back_the_one_that_found_nothing() -> None:
    alert = cleared()
    say(alert, Record.CHECK_FALSE)
    escalating.escalate(LATER)
    before = Call.objects.count()
    say(alert, Record.CHECK_TRUE)
    assert wanted("tl04-guard")
    escalating.escalate(LATER)
    assert Call.objects.count() > before, "the next rung was called after all"


def test_while_it_is_up_who_is_there_ends_escalation_but_rings_on() -> None:
    commands.record([change()], NOW)
    alert = Alert.objects.get()
    say(alert, Record.ON_SITE)
    escalating.escalate(LATER)
    assert Escalation.objects.get().ended == "answered"
    assert danger.goes_on(alert, LATER)


def test_the_list_has_it_among_the_unanswered() -> None:
    alert, unanswered = cleared(), {"tab": Tab.UNANSWERED, "wanted": Wanted(), "now": LATER}
    commands.acknowledge(alert.id, by="officer", team="duty", now=LATER)
    assert [one.id for one in listing.page(**unanswered).alerts] == [alert.id]
    commands.answer_call(alert.id, team="fire-1", by="fireman", now=LATER)
    assert listing.page(**unanswered).alerts == []


def test_a_false_one_calls_nobody() -> None:
    alert = cleared()
    Alert.objects.update(false=NOW)
    alert.refresh_from_db()
    assert not danger.goes_on(alert, LATER)


def test_anything_else_is_over_when_it_clears() -> None:
    alert = cleared("smoke-battery")
    assert Call.objects.exists()
    assert not danger.goes_on(alert, LATER)
    assert not wanted("duty")
    escalating.escalate(NOW + 5 * MINUTE)
    assert Escalation.objects.get().ended == "over"


def test_a_danger_that_a_person_reported_is_over_with_its_case() -> None:
    alert = byhand.raise_by_hand(
        case_class="fire", zh="火", en="Fire", told_zh="电话", told_en="telephone",
        place="tl04-b031", site="tl04", now=NOW,
    )  # fmt: skip
    byhand.over(alert.id, LATER)
    alert.refresh_from_db()
    assert not danger.goes_on(alert, LATER)


def test_an_old_world_rings_nobody_and_calls_nobody() -> None:
    alert = cleared()
    called, next_day = Call.objects.count(), NOW + danger.COUNTS + MINUTE
    assert not wanted("tl04-guard", next_day)
    ringing.ring(next_day)
    assert not Call.objects.exclude(ring_at=None).exists()
    escalating.escalate(next_day)
    assert Escalation.objects.get().ended == "over"
    assert Call.objects.count() == called
    assert not danger.goes_on(alert, next_day)


def test_an_answer_for_one_of_an_incident_serves_the_same_danger_there() -> None:
    first, second = cleared(), change(device=8)
    commands.record([second, change(device=8, seq=2, what="cleared", after=90)], NOW)
    other = Alert.objects.exclude(id=first.id).get()
    assert first.incident_id is None, "read before"
    assert danger.goes_on(other, LATER)
    commands.answer_call(first.id, team="fire-1", by="fireman", now=LATER)
    assert not danger.goes_on(other, LATER)


def test_its_pages_say_so_and_the_answer_counts(people: dict[str, User]) -> None:
    now = timezone.now()
    own = [change(), change(seq=2, what="cleared", after=90)]
    commands.record([msgspec.structs.replace(one, start=millis(now)) for one in own], now)
    alert, guard = Alert.objects.get(), Client()
    guard.force_login(people["guard"])
    words = "期间已自行解除，尚无人应答"
    for page in ("/cases/", f"/alerts/{alert.id}/", f"/alerts/{alert.id}/go/"):
        assert words in guard.get(page).content.decode(), page
    title, text = telling.message(Call.objects.filter(alert=alert)[0])
    assert words in text
    assert words not in title
    guard.post(f"/alerts/{alert.id}/answer/")
    assert Call.objects.get(team="tl04-guard").answered_by == "guard"
    for page in ("/cases/", f"/alerts/{alert.id}/", f"/alerts/{alert.id}/go/"):
        assert words not in guard.get(page).content.decode(), page
