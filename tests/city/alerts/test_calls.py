"""Who is called: at once where a life is at risk, further when it turns critical, never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.city.alerts.world import NOW, change, raised_and_cleared
from xiuhua.city import feed
from xiuhua.city.alerts import channels, commands, danger
from xiuhua.city.alerts.calls import team_kinds
from xiuhua.city.alerts.channels import Outlet as Way
from xiuhua.city.alerts.channels import Send
from xiuhua.city.alerts.models import Alert, Call, Delivery
from xiuhua.city.alerts.telling import BACKOFF, LEASE, tell_pending

pytestmark = pytest.mark.usefixtures("people")


class Outlet:
    """A channel that takes what it is given, or refuses as often as it was told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.sent: list[tuple[str, str]] = []

    def __call__(self, title: str, body: str) -> bool:
        if self.failures:
            self.failures -= 1
            return False
        self.sent.append((title, body))
        return True


def by(send: Send, key: str = "house-1", **whose: str) -> list[Way]:
    """The one way out of the house, through which `send` sends."""
    return [Way(key=key, title=key, send=send, **whose)]  # type: ignore[arg-type]


def teams() -> list[str]:
    return list(Call.objects.order_by("id").values_list("team", flat=True))


@pytest.mark.parametrize(
    ("rule", "case", "life_safety", "level", "kinds"),
    [
        ("smoke-fire", "fire", True, "serious", ("guard", "fire", "duty")),
        ("smoke-fire", "fire", True, "critical", ("guard", "fire", "duty", "property", "repair")),
        ("anything", "", True, "warn", ("guard", "fire", "duty")),
        ("anything", "", False, "serious", ()),
        ("anything", "", False, "critical", ("guard", "fire", "duty", "property")),
    ],
)
def test_whom_an_alert_calls(
    rule: str, case: str, life_safety: bool, level: str, kinds: tuple[str, ...]
) -> None:
    assert team_kinds(rule=rule, case=case, life_safety=life_safety, level=level) == kinds


def test_life_safety_calls_guard_fire_station_and_duty_officer_at_once() -> None:
    commands.record([change()], NOW)
    assert teams() == ["tl04-guard", "fire-1", "duty"], "the guard is this site's, nobody else's"


def test_turning_critical_calls_further_and_nobody_again() -> None:
    commands.record([change()], NOW)
    commands.record(raised_and_cleared()[1:2], NOW)
    assert teams() == ["tl04-guard", "fire-1", "duty", "tl04-property", "repair-1"]


def test_an_everyday_alert_calls_nobody() -> None:
    commands.record([change("smoke-battery", level="warn")], NOW)
    assert teams() == []


def test_the_database_itself_refuses_a_second_call() -> None:
    commands.record([change()], NOW)
    alert = Alert.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.create(alert=alert, team="duty", level="warn", created=NOW)


def test_each_call_is_told_once_and_says_what_and_where() -> None:
    commands.record([change()], NOW)
    outlet = Outlet()
    assert tell_pending(NOW, by(outlet)) == 3
    assert tell_pending(NOW + timedelta(hours=1), by(outlet)) == 0
    assert len(outlet.sent) == 3
    title, body = outlet.sent[0]
    assert "▲" in title
    assert "疑似火情 · 田园十二村 31号 402室" in title
    assert "烟雾 0.30 dB/m（1）。" in body


def test_without_channels_a_call_stands_on_the_pages() -> None:
    assert channels.house(" , ") == []
    commands.record([change()], NOW)
    assert tell_pending(NOW, []) == 3
    assert set(Call.objects.values_list("outcome", "channel", "shown")) == {("shown", "page", NOW)}
    assert not Call.objects.exclude(told=None).exists(), "nothing was sent, nobody looked"


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # within apprise
def test_an_unreadable_channel_is_told_without_its_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    [outlet] = channels.house("nonsense://secret-token")
    assert "notify.unreadable_url" in caplog.text
    assert "secret-token" not in caplog.text
    assert not outlet.send("title", "text"), "nobody was reached, and nobody may believe so"


def test_a_refused_message_is_tried_again_later_and_then_no_more() -> None:
    commands.record([change()], NOW)
    Call.objects.exclude(team="duty").delete()
    outlet = Outlet(failures=1)
    assert tell_pending(NOW, by(outlet)) == 0
    assert tell_pending(NOW + BACKOFF[0] / 2, by(outlet)) == 0
    assert outlet.sent == []
    assert tell_pending(NOW + BACKOFF[0], by(outlet)) == 1
    assert Call.objects.get().told == NOW + BACKOFF[0]
    assert tell_pending(NOW + timedelta(hours=1), by(outlet)) == 0
    assert len(outlet.sent) == 1


def test_what_cannot_be_told_is_given_up_and_said_so() -> None:
    commands.record([change()], NOW)
    Call.objects.exclude(team="duty").delete()
    now = NOW
    for wait in (*BACKOFF, timedelta(0)):
        tell_pending(now, by(Outlet(failures=1)))
        now += wait
    call = Call.objects.get()
    assert call.outcome == "failed"
    assert Delivery.objects.get().attempts == len(BACKOFF) + 1
    assert '"outcome":"failed"' in feed.after(0)[-1].body


def test_a_second_process_does_not_send_what_the_first_is_sending() -> None:
    commands.record([change()], NOW)
    outlet = Outlet()

    def while_sending(title: str, body: str) -> bool:
        tell_pending(NOW, by(outlet))  # another clock process, in the middle of our sending
        return outlet(title, body)

    tell_pending(NOW, by(while_sending))
    assert len(outlet.sent) == 3
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_a_claim_left_behind_by_a_crash_is_taken_up_and_marked_as_a_repeat() -> None:
    commands.record([change()], NOW)
    Call.objects.exclude(team="duty").delete()

    def dies(title: str, body: str) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_pending(NOW, by(dies))
    outlet = Outlet()
    assert tell_pending(NOW + LEASE / 2, by(outlet)) == 0
    assert tell_pending(NOW + LEASE, by(outlet)) == 1
    first = "请在页面上应答，然后出发。"
    assert outlet.sent[0][1].split("\n")[-2:] == [first, "（本消息可能重复。）"]


def test_the_first_answer_of_a_team_stands() -> None:
    commands.record([change()], NOW)
    alert = Alert.objects.get()
    commands.answer_call(alert.id, team="fire-1", by="fireman", now=NOW)
    again = commands.answer_call(alert.id, team="fire-1", by="other", now=NOW)
    assert again.answered_by == "fireman"
    with pytest.raises(commands.NotCalled):
        commands.answer_call(alert.id, team="repair-1", by="crew", now=NOW)
    assert [call.team for call in danger.calls_waiting("fire-1", now=NOW)] == []
    assert [call.team for call in danger.calls_waiting("duty", now=NOW)] == ["duty"]
