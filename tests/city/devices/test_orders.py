"""Commands to devices, as people give them and as the gateway tells of them."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.devices import commands, orders
from xiuhua.city.devices.commands import NewDevice
from xiuhua.city.devices.models import Command
from xiuhua.city.road.ports import Commands
from xiuhua.gateway.ports import News

pytestmark = pytest.mark.django_db
NOW = 1_790_000_000_000
SMOKE = "tl04-smoke-0007"


@pytest.fixture(autouse=True)
def house() -> None:
    commands.put_devices(
        devices=[
            NewDevice(
                id=SMOKE, kind="smoke", site="tl04", place="tl04", lon=121.4, lat=31.1,
                zh="烟感", en="Detector",
            )
        ]
    )  # fmt: skip


def give(now: int = NOW) -> Command:
    return orders.give(device=SMOKE, name="silence", by="lin", now=now)


def told(command: Command, *stages: str, device: str = SMOKE, at: int = NOW + 5) -> str:
    """The stage after this news."""
    Commands().told([News(command.id, device, stage, at) for stage in stages])  # type: ignore[arg-type]
    command.refresh_from_db()
    return command.stage


def test_it_comes_to_its_end_and_stays_there() -> None:
    command = give()
    assert [one.id for one in Commands().waiting(NOW)] == [command.id]
    assert told(command, "sent") == "sent" and Commands().waiting(NOW)
    assert told(command, "delivered") == "delivered" and not Commands().waiting(NOW)
    assert told(command, "sent") == "delivered"
    assert told(command, "done") == "done"
    assert told(command, "failed", "delivered", at=NOW + 9) == "done"
    assert (command.sent, command.delivered, command.ended) == (NOW + 5,) * 3


def test_its_time_runs_out_but_the_truth_still_counts() -> None:
    command = give()
    assert Commands().waiting(NOW + orders.LIFE) == []
    assert told(command, "delivered") == "expired"
    assert told(command, "done") == "done"


def test_another_device_says_nothing_of_it() -> None:
    assert told(give(), "done", device="tl04-smoke-9999") == "queued"


def test_what_a_kind_does_not_know_and_too_much_is_refused() -> None:
    with pytest.raises(orders.UnknownOrder):
        orders.give(device=SMOKE, name="open", by="lin", now=NOW)
    for _ in range(orders.OPEN_MOST):
        give()
    with pytest.raises(orders.TooMany):
        give()
    give(NOW + orders.LIFE)


def test_a_retired_device_gets_none() -> None:
    give()
    commands.retire(ids=[SMOKE], by="mei", now=NOW)
    assert Commands().waiting(NOW) == []
    with pytest.raises(orders.UnknownOrder):
        give()


class TestPages:
    def test_an_officer_sends_one_and_sees_how_far_it_is(self, hire: Hire, client: Client) -> None:
        client.force_login(hire("lin", role="duty_officer"))
        page = client.post(f"/devices/{SMOKE}/command", {"name": "silence"}, follow=True)
        assert "等待设备" in page.content.decode()
        told(Command.objects.get(), "done")
        assert "已执行" in client.get(f"/devices/{SMOKE}").content.decode()
        page = client.post(f"/devices/{SMOKE}/command", {"name": "fly"}, follow=True)
        assert "没有这条指令" in page.content.decode()

    def test_by_the_interface(self, hire: Hire, client: Client) -> None:
        client.force_login(hire("lin", role="duty_officer"))
        url = f"/api/devices/{SMOKE}/commands"
        answer = client.post(url, {"name": "silence"}, content_type="application/json")
        assert answer.status_code == 202 and answer.json()["stage"] == "queued"
        assert [one["device"] for one in client.get(url).json()] == [SMOKE]
        wrong = client.post(url, {"name": "fly"}, content_type="application/json")
        assert wrong.status_code == 422

    def test_not_by_who_only_looks(self, hire: Hire, client: Client) -> None:
        client.force_login(hire("mei", role="integrator"))
        url = f"/devices/{SMOKE}/command"
        assert client.post(url, {"name": "silence"}).status_code == 403
        assert "/command" not in client.get(f"/devices/{SMOKE}").content.decode()


def test_which_commands_there_are_is_answered() -> None:
    given = give()
    news = [News(given.id, SMOKE, "done", NOW), News("zz", SMOKE, "done", NOW)]
    assert orders.told(news) == {(given.id, SMOKE)}
    assert orders.told([News(given.id, "another", "done", NOW)]) == set()
