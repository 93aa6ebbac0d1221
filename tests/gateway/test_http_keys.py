"""Idempotency-Key: the same request is carried out once, whoever asks again and whenever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.waiting import PATIENCE
from xiuhua.epoch import now_ms
from xiuhua.gateway.http import app as app_module
from xiuhua.gateway.http import keys
from xiuhua.log.base import LogUnavailable
from xiuhua.log.database import open_reader

from .support.house import FixedLedger, House, lines_in, running, soon
from .support.people import GATEWAY, OTHERS_SMOKE, SECRET, SMOKE
from .support.process import gateway

GOOD, OTHER = b'{"battery":3,"time":1790000000000}', b'{"battery":2,"time":1790000000000}'


def headers(key: str, name: str = SMOKE) -> dict[str, str]:
    return {
        "authorization": f"Bearer {name}:{SECRET}",
        "content-type": "application/json",
        "idempotency-key": key,
    }


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with running() as house:
        yield house


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as client:
        yield client


async def test_a_request_that_comes_again_is_answered_the_same_and_adds_nothing(house, http):
    first = await http.post("/intake", content=GOOD, headers=headers("k"))
    again = await http.post("/intake", content=GOOD, headers=headers('"k"'))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(lines_in(house.log)) == 1


async def test_the_key_is_the_senders_own_and_another_key_is_another_request(house, http):
    for key, name in (("k", SMOKE), ("k2", SMOKE), ("k", OTHERS_SMOKE)):
        answer = await http.post("/intake", content=GOOD, headers=headers(key, name))
        assert "idempotency-replayed" not in answer.headers
    assert len(lines_in(house.log)) == 3


async def test_another_content_under_the_key_is_422_and_not_taken(house, http):
    await http.post("/intake", content=GOOD, headers=headers("k"))
    answer = await http.post("/intake", content=OTHER, headers=headers("k"))
    assert (answer.status_code, answer.json()["code"]) == (422, "other_content")
    assert len(lines_in(house.log)) == 1


async def test_a_refusal_is_remembered_too_and_kept_once(house, http):
    content = b'{"device":"%b","battery":3}' % OTHERS_SMOKE.encode()
    both = [
        await http.post("/intake", content=content, headers=headers("k", GATEWAY)) for _ in "12"
    ]
    assert [answer.status_code for answer in both] == [403, 403]
    assert len(house.log.rejected) == 1


async def test_two_at_once_are_one(house, http):
    house.log.hold()
    tried = house.log.tried
    both = [
        asyncio.create_task(http.post("/intake", content=GOOD, headers=headers("k"))) for _ in "12"
    ]
    await soon(lambda: house.log.tried > tried)
    other = await http.post("/intake", content=OTHER, headers=headers("k"))
    assert other.status_code == 422
    house.log.release()
    assert {answer.status_code for answer in await asyncio.gather(*both)} == {202}
    assert len(lines_in(house.log)) == 1


async def test_who_was_told_to_wait_and_asks_again_adds_nothing(house, http, monkeypatch):
    monkeypatch.setattr(app_module, "COMMIT_SECONDS", 0.05)
    house.log.failing = LogUnavailable("the disk is full")
    for _ in range(3):
        answer = await http.post("/intake", content=GOOD, headers=headers("k"))
        assert answer.status_code == 503
    house.log.failing = None
    await soon(lambda: house.log.answers)
    monkeypatch.setattr(app_module, "COMMIT_SECONDS", 15)
    answer = await http.post("/intake", content=GOOD, headers=headers("k"))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert len(lines_in(house.log)) == 1


async def test_a_key_expires(house, http, monkeypatch):
    await http.post("/intake", content=GOOD, headers=headers("k"))
    (name,) = house.log.answers
    monkeypatch.setattr(keys, "KEPT", -1)
    answer = await http.post("/intake", content=OTHER, headers=headers("k"))
    assert answer.status_code == 202
    assert list(house.log.answers) == [name]
    assert len(lines_in(house.log)) == 2


async def test_a_book_that_cannot_be_read_is_503(house, http, monkeypatch):
    def away(name: str, *, since: int) -> None:
        raise LogUnavailable("the database is away")

    monkeypatch.setattr(house.log, "find", away)
    answer = await http.post("/intake", content=GOOD, headers=headers("k"))
    assert (answer.status_code, answer.json()["code"]) == (503, "not_committed")
    assert lines_in(house.log) == []


@pytest.fixture(params=["sqlite", "nats"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a log that does not exist yet."""
    nats = request.param == "nats"
    return str(request.getfixturevalue("nats_url") if nats else tmp_path / "log.db")


async def test_it_is_remembered_over_a_kill_and_by_another_process(where: str):
    answers = []
    for _ in "12":
        async with gateway(where, FixedLedger()) as (process, ports):
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{ports['http']}", timeout=PATIENCE
            ) as client:
                answers.append(await client.post("/intake", content=GOOD, headers=headers("k")))
            process.kill()
            await process.wait()
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotency-replayed"] == "true"
    with open_reader(where) as log:
        assert len(lines_in(log)) == 1


async def test_two_gateways_at_once_carry_it_out_once(where: str):
    """The second one claims the log: the first can neither take it again nor answer wrongly."""
    house = [gateway(where, FixedLedger()), gateway(where, FixedLedger())]
    client = httpx.AsyncClient(timeout=PATIENCE)
    async with house[0] as (_, old), house[1] as (_, new), client:
        address = f"http://127.0.0.1:{new['http']}/intake"
        assert (await client.post(address, content=GOOD, headers=headers("k"))).is_success
        try:
            answer = await client.post(
                f"http://127.0.0.1:{old['http']}/intake", content=GOOD, headers=headers("k")
            )
        except httpx.HTTPError:
            pass  # it has ended already
        else:
            assert answer.status_code == 503 or "idempotency-replayed" in answer.headers
    with open_reader(where) as log:
        assert len(lines_in(log)) == 1
        assert log.answers.trim(now_ms() + 1) == 1
