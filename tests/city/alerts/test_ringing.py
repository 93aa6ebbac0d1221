"""Voice calls, against a gateway that is a process of its own: all are rung at once, each along
their chain, until somebody answers; nobody twice, nobody left out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.city.alerts import world
from tests.city.alerts.world import change, judge_false
from tests.support.waiting import PATIENCE
from xiuhua.city.alerts import channels, commands, queries, ringing, safety, voice
from xiuhua.city.alerts.models import RESCUE, Alert, AlertStep, Call, Channel, Ring
from xiuhua.city.people import family
from xiuhua.city.people.models import Look
from xiuhua.city.staff import commands as staff
from xiuhua.city.staff.models import Member, Team

SECRET = "k3y-of-the-gateway"
FLAT = "tl04-b031-0402"
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """The address of a gateway that runs."""
    command = [sys.executable, "-m", "tests.support.voice_gateway", SECRET]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture
def house(transactional_db: None, live_server: Any, gateway: str, settings: Any) -> str:
    """The small sub-district with one gateway; pages where the gateway calls back."""
    world.settle()
    settings.PUBLIC_URL = live_server.url
    channels.enter(
        title="语音网关", url=f"voice://{SECRET}@{gateway}/calls", team="", person="", voice=True,
        by="root", now=timezone.now(),
    )  # fmt: skip
    return gateway


def phones(**numbers: str) -> None:
    """Posts by their team's code (with _ for -), members by their name."""
    for name, phone in numbers.items():
        if not Team.objects.filter(code=name.replace("_", "-")).update(phone=phone):
            Member.objects.filter(user__username=name).update(phone=phone)


def contact(phone: str, *, agreed: bool = True) -> None:
    family.put(
        flat=FLAT, name="顾小姐", phone=phone, agreed=agreed, quiet_since=None, quiet_until=None,
        by="so", now=timezone.now(),
    )  # fmt: skip


def fire(**more: Any) -> Alert:
    told = change(**more)
    commands.record([told], timezone.now())
    return Alert.objects.get(id=told.id)


def states() -> dict[str, list[str]]:
    """By team, person or who is outside, how each telephone fared."""
    found: dict[str, list[str]] = {}
    for row in Ring.objects.select_related("call"):
        call = row.call
        found.setdefault(call.team or call.person or call.outside, []).append(row.state)
    return found


def asked(gateway: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"http://{gateway}/", trust_env=False, timeout=PATIENCE)
    return list(answer.json())


def test_all_are_rung_at_once_and_who_does_not_answer_is_followed_by_the_next(house: str) -> None:
    phones(tl04_guard="02100000001", fire_1="02100000002", fireman="13800000001", duty="021003")
    contact("13900000009", agreed=False)
    contact("13900000004")
    alert, now = fire(), timezone.now()
    assert ringing.ring(now) == 4
    first = {"tl04-guard": ["pressed"], "fire-1": ["unreached"], FLAT: ["answered"]}
    assert states() == first | {"duty": ["unreached"]}
    assert ringing.ring(timezone.now()) == 1
    assert states()["fire-1"] == ["unreached", "pressed"]
    calls = {call.team or call.outside: call for call in queries.calls(alert.id)}
    assert calls["fire-1"].answered_by == "fireman"
    assert {word for word, call in calls.items() if call.answered is None} == {"duty"}
    assert ringing.ring(now + timedelta(hours=1)) == 0, "nobody is left"
    said = {step.data["record"] for step in safety.recorded(alert.id)}
    assert said == {"family-reached"}
    assert Look.objects.get().why == f"acting on alert {alert.id}"
    orders = [order for order in asked(house) if order["id"] == str(Ring.objects.get(
        call=calls["tl04-guard"]).pk)]  # fmt: skip
    assert "402室" in orders[0]["say"] and "按 1" in orders[0]["say"]


def test_who_answers_and_presses_nothing_is_told_and_the_next_is_rung(house: str) -> None:
    phones(tl04_guard="02100000004", guard="13800000005")
    alert, now = fire(), timezone.now()
    ringing.ring(now)
    assert states() == {"tl04-guard": ["answered"]}
    call = Call.objects.get(alert=alert, team="tl04-guard")
    assert (call.outcome, call.answered) == ("told", None)
    ringing.ring(timezone.now())
    assert states() == {"tl04-guard": ["answered", "pressed"]}


def test_what_no_gateway_takes_is_tried_again_and_then_the_next(house: str) -> None:
    phones(tl04_guard="02100000000", guard="13800000001")
    fire()
    now = timezone.now()
    for n in range(ringing.TRIES):
        assert ringing.ring(now + n * ringing.AGAIN) == 0
    assert Channel.objects.get().down is not None
    assert ringing.ring(now + ringing.TRIES * ringing.AGAIN) == 1
    assert states() == {"tl04-guard": ["failed"] * ringing.TRIES + ["pressed"]}


def test_a_gateway_that_never_tells_more_holds_nobody_up(house: str) -> None:
    phones(tl04_guard="02100000006", guard="13800000001")
    fire()
    now = timezone.now()
    ringing.ring(now)
    assert ringing.ring(now + ringing.PATIENCE - SECOND) == 0
    assert ringing.ring(now + ringing.PATIENCE) == 1
    assert states() == {"tl04-guard": ["unreached", "pressed"]}


def test_an_answer_on_the_page_ends_the_chain(house: str) -> None:
    phones(tl04_guard="02100000002", guard="13800000001")
    alert, now = fire(), timezone.now()
    ringing.ring(now)
    commands.answer_call(alert.id, team="tl04-guard", by="guard", now=now)
    assert ringing.ring(timezone.now()) == 0
    assert states() == {"tl04-guard": ["unreached"]}


def test_one_person_in_two_chains_is_rung_once(house: str) -> None:
    phones(leader="13800000002")
    staff.put_watch(username="leader", since=timezone.now() - SECOND, by="x",
                    until=timezone.now() + timedelta(hours=1), now=timezone.now())  # fmt: skip
    alert, now = fire(), timezone.now()
    Call.objects.create(alert=alert, person="leader", level="serious", created=now, ring_at=now)
    ringing.ring(now)
    assert sum(len(rung) for rung in states().values()) == 1


def test_119_is_rung_by_the_gateway_only_where_the_centre_says_so(
    house: str, settings: Any
) -> None:
    alert = fire()
    assert not Call.objects.filter(outside=RESCUE).exists()
    settings.RESCUE_NUMBER = "02100000005"
    other = fire(device=8)
    ringing.ring(timezone.now())
    assert states() == {RESCUE: ["pressed"]}
    assert [s.data for s in safety.recorded(other.id)] == [{"record": "rescue-called"}]
    assert safety.recorded(alert.id) == []


def test_a_family_that_nobody_reaches_is_said_so(house: str) -> None:
    contact("13900000002")
    alert = fire()
    for _ in range(3):
        ringing.ring(timezone.now())
    call = Call.objects.get(outside=FLAT)
    assert (call.outcome, states()[FLAT]) == ("failed", ["unreached"])
    assert [s.data["record"] for s in safety.recorded(alert.id)] == ["family-silent"]


def test_everyday_alerts_ring_nobody_and_false_ones_no_more(house: str) -> None:
    phones(repair_1="02100000001", tl04_guard="02100000002", guard="13800000001")
    commands.record([change("smoke-battery", level="critical")], timezone.now())
    assert ringing.ring(timezone.now()) == 0
    alert, now = fire(device=9), timezone.now()
    ringing.ring(now)
    judge_false(alert.id, now=now)
    assert ringing.ring(timezone.now()) == 0


@pytest.mark.usefixtures("people")
def test_without_a_gateway_a_family_stands_as_not_reached_at_once() -> None:
    contact("13900000001")
    fire()
    ringing.ring(timezone.now())
    assert Call.objects.get(outside=FLAT).outcome == "failed"
    assert not Ring.objects.exists()
    assert not AlertStep.objects.filter(what="safety").exists()
    assert not Look.objects.exists()


@pytest.mark.usefixtures("people")
def test_only_a_gateways_own_word_is_taken() -> None:
    channels.enter(
        title="语音网关", url=f"voices://{SECRET}@gateway.invalid", team="", person="", voice=True,
        by="root", now=timezone.now(),
    )  # fmt: skip
    alert, now = fire(), timezone.now()
    call = Call.objects.get(alert=alert, team="tl04-guard")
    row = Ring.objects.create(call=call, who="p:guard", at=now)
    body = json.dumps({"id": str(row.pk), "state": "pressed", "key": "1"}).encode()
    old = now - timedelta(minutes=6)

    def tell(body: bytes, mac: str) -> int:
        headers = {"HTTP_XIUHUA_SIGNATURE": mac}
        return Client(enforce_csrf_checks=True).post(
            "/alerts/voice/", body, content_type="application/json", **headers  # type: ignore[arg-type]
        ).status_code  # fmt: skip

    good = voice.signed(body, SECRET, now)
    assert tell(body, "") == tell(body, "t=1,v1=é") == 401
    assert tell(body, voice.signed(body, "other", now)) == 401
    assert tell(body, voice.signed(body, SECRET, old)) == 401
    assert tell(body.replace(b'"1"', b'"2"'), good) == 401
    assert Ring.objects.get().state == "waiting"
    assert tell(body, good) == tell(body, good) == 204
    call.refresh_from_db()
    assert (Ring.objects.get().state, call.answered_by) == ("pressed", "guard")
    unknown = json.dumps({"id": str(alert.id), "state": "busy"}).encode()
    assert tell(unknown, voice.signed(unknown, SECRET, now)) == 404
    assert tell(b"{}", voice.signed(b"{}", SECRET, now)) == 422


@pytest.mark.usefixtures("people")
def test_the_page_says_what_to_tell_119(client: Client) -> None:
    alert = fire()

    client.force_login(User.objects.get(username="officer"))
    page = client.get(f"/alerts/{alert.id}/").content.decode()
    assert "对 119 这样说" in page
    assert "地址：田园十二村 31号 402室" in page
