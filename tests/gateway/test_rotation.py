"""A secret is replaced while its devices stay connected, and withdrawn while they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from tests.support.waiting import PATIENCE
from xiuhua.gateway.credentials import hashed, new_secret
from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.packets import V5
from xiuhua.gateway.ports import Use
from xiuhua.gateway.timekeeper import Clocks
from xiuhua.gateway.uses import TELL_AGAIN, Uses

from .support import mqtt
from .support.house import House, running, soon
from .support.mqtt import RawClient, client, ended
from .support.people import GATEWAY, NOW, SECRET, SMOKE, SPEAKERS

FRESH = new_secret()


@dataclass
class Time:
    """The gateway's wall clock, as the test sets it."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def house(time: Time) -> AsyncIterator[House]:
    async with running(clocks=Clocks(wall=time, passed=time, boot="")) as house:
        yield house


def change(house: House, name: str, **facts: object) -> None:
    house.ledger.who = tuple(
        replace(one, **facts) if one.id == name else one  # type: ignore[arg-type]
        for one in SPEAKERS
    )
    house.ledger.number += 1


async def rotated(house: House, name: str = SMOKE) -> None:
    """The speaker has a fresh secret, and the one before for a second."""
    change(house, name, secret=hashed(FRESH), before=hashed(SECRET), before_until=NOW + 1000)
    await soon(lambda: logs_in(house, FRESH, name))


async def status(house: House, secret: str) -> int:
    answer = await asyncio.to_thread(intake, house, secret)
    return answer.status_code


def logs_in(house: House, secret: str, name: str = SMOKE) -> bool:
    return intake(house, secret, name).status_code != 401


def intake(house: House, secret: str, name: str = SMOKE) -> httpx.Response:
    head = {"authorization": f"Bearer {name}:{secret}", "content-type": "application/json"}
    return httpx.post(
        f"{house.url}/intake", headers=head, content=b'{"battery":3}', timeout=PATIENCE
    )


async def still_in(there: RawClient) -> bool:
    there.send(mqtt.PING)
    return await there.packet() == (0xD0, b"")


@pytest.mark.parametrize("name", [SMOKE, GATEWAY])
async def test_both_secrets_open_the_door_and_no_connection_ends(house: House, name: str):
    async with client(house.mqtt, name, V5) as old:
        await rotated(house, name)
        fresh = {"password": FRESH.encode(), "client_id": f"{name}/2"}
        async with client(house.mqtt, name, V5, **fresh) as new:
            async with client(house.mqtt, name, V5, client_id=f"{name}/3") as again:
                assert await still_in(again)
            assert await still_in(old) and await still_in(new)


async def test_when_the_one_before_ends_only_its_connections_do(house: House):
    async with client(house.mqtt, version=V5) as old:
        await rotated(house)
        fresh = {"password": FRESH.encode(), "client_id": f"{SMOKE}/2"}
        async with client(house.mqtt, version=V5, **fresh) as new:
            change(house, SMOKE, secret=hashed(FRESH))
            assert await ended(old, V5) == Code.NOT_AUTHORIZED
            assert await still_in(new)
            assert await status(house, SECRET) == 401


async def test_the_one_before_ends_at_its_time_though_the_ledger_says_nothing(
    house: House, time: Time
):
    async with client(house.mqtt, version=V5) as old:
        await rotated(house)
        assert await still_in(old)
        time.now += 1000
        assert await ended(old, V5) == Code.NOT_AUTHORIZED
        assert await status(house, SECRET) == 401
        assert await status(house, FRESH) == 202


async def test_what_is_withdrawn_ends_connections_and_requests(house: House):
    async with client(house.mqtt, version=V5) as there:
        change(house, SMOKE, secret="")
        assert await ended(there, V5) == Code.NOT_AUTHORIZED
        assert await status(house, SECRET) == 401


async def test_a_request_whose_secret_is_withdrawn_while_it_comes_in_is_not_taken(house: House):
    async def content() -> AsyncIterator[bytes]:
        yield b'{"battery":'
        change(house, SMOKE, secret="")
        await soon(lambda: not logs_in(house, SECRET))
        yield b"3}"

    head = {"authorization": f"Bearer {SMOKE}:{SECRET}", "content-type": "application/json"}
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        answer = await http.post(f"{house.url}/intake", headers=head, content=content())
    assert answer.status_code == 401


async def test_the_ledger_hears_who_used_which_secret(house: House):
    await rotated(house)
    await soon(lambda: house.ledger.heard)
    assert set(house.ledger.heard) == {Use(SMOKE, hashed(FRESH), NOW)}


def test_a_known_use_is_told_again_only_after_a_while():
    uses = Uses()
    uses.note(SMOKE, "one")
    first = uses.take(NOW)
    uses.again(first)  # the ledger was away
    assert uses.take(NOW) == first
    uses.told(first)
    uses.note(SMOKE, "one")
    assert uses.take(NOW + TELL_AGAIN - 1) == []
    uses.note(SMOKE, "two")
    assert [use.secret for use in uses.take(NOW + 1)] == ["two"]
    uses.note(SMOKE, "one")
    assert len(uses.take(NOW + TELL_AGAIN)) == 1
