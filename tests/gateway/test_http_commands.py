"""Commands for devices that speak HTTP alone, and one-time codes at the HTTP door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from tests.support.waiting import PATIENCE
from xiuhua.epoch import now_ms
from xiuhua.gateway.credentials import hashed
from xiuhua.gateway.http import enrol, polls
from xiuhua.gateway.mqtt.packets import V3
from xiuhua.gateway.ports import Command
from xiuhua.gateway.timekeeper import Clocks

from .support import mqtt
from .support.house import CODE, FixedCodes, House, running, soon
from .support.mqtt import client
from .support.people import GATEWAY, OTHERS_SMOKE, SECRET, SMOKE, WATER

LONG = 600_000


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with running() as house:
        yield house


@pytest.fixture
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as web:
        yield web


def bearer(name: str = SMOKE, secret: str = SECRET) -> dict[str, str]:
    return {"authorization": f"Bearer {name}:{secret}"}


def give(house: House, id_: str = "c1", device: str = SMOKE, life: int = LONG) -> None:
    house.commands.given.append(Command(id_, device, "silence", now_ms() + life))


async def ask(
    web: httpx.AsyncClient, name: str = SMOKE, wait: int = 20, device: str = ""
) -> list[dict[str, object]]:
    asked = {"wait": str(wait)} | ({"device": device} if device else {})
    answer = await web.get("/commands", params=asked, headers=bearer(name))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["commands"]
    return found


class TestPolling:
    async def test_it_waits_gets_it_confirms_it_and_says_how_it_went(
        self, house: House, web: httpx.AsyncClient
    ):
        asking = asyncio.create_task(ask(web))
        await asyncio.sleep(0)
        give(house)
        (got,) = await asking
        assert (got["id"], got["device"], got["name"]) == ("c1", SMOKE, "silence")
        assert isinstance(got["expires"], int)
        for stage in ("delivered", "done"):
            said = await web.post(f"/commands/{SMOKE}/c1", json={"stage": stage}, headers=bearer())
            assert (said.status_code, said.json()["stage"]) == (200, stage)
            assert house.commands.stages("c1")[-1] == stage  # told before it was answered
        assert house.commands.stages("c1") == ["sent", "delivered", "done"]

    async def test_why_it_failed_is_handed_on(self, house: House, web: httpx.AsyncClient):
        word = {"stage": "failed", "why": "motor"}
        await web.post(f"/commands/{SMOKE}/c1", json=word, headers=bearer())
        (news,) = house.commands.news
        assert (news.stage, news.why, news.device) == ("failed", "motor", SMOKE)

    async def test_what_was_never_given_is_not_known(self, house: House, web: httpx.AsyncClient):
        give(house)
        for id_, stage in (("zz", "done"), ("zz", "delivered"), ("zz", "failed")):
            said = await web.post(
                f"/commands/{SMOKE}/{id_}", json={"stage": stage}, headers=bearer()
            )
            assert (said.status_code, said.json()["code"]) == (404, "unknown_command")

    async def test_nothing_in_time_is_an_empty_list(self, web: httpx.AsyncClient):
        assert await ask(web, wait=0) == []

    async def test_a_box_hears_all_its_devices_or_the_one_asked_for(
        self, house: House, web: httpx.AsyncClient
    ):
        give(house, "c1", WATER)
        (got,) = await ask(web, GATEWAY)
        assert got["device"] == WATER
        give(house, "c2", SMOKE)
        (got,) = await ask(web, GATEWAY, device=SMOKE)
        assert got["id"] == "c2"

    async def test_a_device_hears_no_other(self, house: House, web: httpx.AsyncClient):
        give(house, "c1", WATER)
        give(house, "c2", SMOKE)
        assert [got["id"] for got in await ask(web)] == ["c2"]

    async def test_what_is_refused(self, house: House, web: httpx.AsyncClient):
        for method, path, name, secret, status in (
            ("GET", f"/commands?device={WATER}", SMOKE, SECRET, 403),
            ("GET", f"/commands?device={OTHERS_SMOKE}", GATEWAY, SECRET, 403),
            ("GET", "/commands?wait=-1", SMOKE, SECRET, 400),
            ("GET", "/commands?wait=x", SMOKE, SECRET, 400),
            ("GET", "/commands", SMOKE, "wrong", 401),
            ("GET", "/commands", "nobody", SECRET, 401),
            ("POST", "/commands", SMOKE, SECRET, 405),
            ("POST", f"/commands/{WATER}/c1", SMOKE, SECRET, 403),
            ("POST", f"/commands/{SMOKE}/c1", SMOKE, "wrong", 401),
            ("POST", f"/commands/{SMOKE}/", SMOKE, SECRET, 404),
            ("POST", "/commands/", SMOKE, SECRET, 404),
        ):
            said = await web.request(
                method, path, headers=bearer(name, secret), content=b'{"stage":"done"}'
            )
            assert said.status_code == status, (method, path, said.text)
        assert house.commands.news == []

    async def test_a_word_that_is_none(self, house: House, web: httpx.AsyncClient):
        for content in (
            b"", b"{}", b'{"stage":"sent"}', b"[]", b'{"stage":"done","x":1}', b"\xff",
        ):  # fmt: skip
            said = await web.post(f"/commands/{SMOKE}/c1", content=content, headers=bearer())
            assert (said.status_code, said.json()["code"]) == (400, "no_stage")
        assert house.commands.news == []

    async def test_a_word_that_is_too_long(self, web: httpx.AsyncClient):
        said = await web.post(f"/commands/{SMOKE}/c1", content=b"x" * 2000, headers=bearer())
        assert said.status_code == 413

    async def test_what_was_not_confirmed_comes_again_and_only_then(
        self, house: House, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ):
        give(house)
        assert len(await ask(web)) == 1
        assert await ask(web, wait=1) == []  # it may be about to confirm
        monkeypatch.setattr(polls, "SENT_AGAIN", 0.1)
        give(house, "c2")
        assert [got["id"] for got in await ask(web)] == ["c2"]
        assert [got["id"] for got in await ask(web)] == ["c2"]

    async def test_who_hung_up_was_told_nothing(self, house: House, web: httpx.AsyncClient):
        with pytest.raises(httpx.ReadTimeout):
            await web.get("/commands", headers=bearer(), timeout=httpx.Timeout(PATIENCE, read=0.2))
        give(house)
        assert [got["id"] for got in await ask(web)] == ["c1"]

    async def test_it_is_sent_once_whichever_way_the_device_listens(
        self, house: House, web: httpx.AsyncClient
    ):
        async with client(house.mqtt) as there:
            there.send(mqtt.subscribe(1, f"down/{SMOKE}/#", version=V3))
            assert (await there.packet())[0] == 0x90
            give(house)
            assert (await there.packet())[0] == 0x32
            assert await ask(web, wait=1) == []
        assert [got["id"] for got in await ask(web)] == ["c1"]  # the line ended before its PUBACK

    async def test_a_withdrawn_secret_ends_the_waiting(self, house: House, web: httpx.AsyncClient):
        asking = asyncio.create_task(web.get("/commands", headers=bearer()))
        await soon(lambda: house.ledger.heard, "it has logged in")
        house.ledger.without(SMOKE)
        assert (await asking).status_code == 401

    async def test_a_gateway_that_stops_answers_those_who_wait(self):
        async with (
            running() as house,
            httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as web,
        ):
            asking = asyncio.create_task(ask(web, wait=50))
            await soon(lambda: house.ledger.heard, "it has logged in")
            await house.close()
            assert await asking == []

    async def test_only_so_many_of_one_may_wait(self, web: httpx.AsyncClient):
        asking = [
            asyncio.create_task(web.get("/commands?wait=2", headers=bearer()))
            for _ in range(polls.OF_ONE_MOST + 2)
        ]
        codes = sorted([(await one).status_code for one in asking])
        assert codes == [200] * polls.OF_ONE_MOST + [429] * 2

    async def test_while_the_rooms_are_away_nothing_is_confirmed(
        self, house: House, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(polls, "TOLD_SECONDS", 0.2)
        house.commands.away = True
        said = await web.post(f"/commands/{SMOKE}/c1", json={"stage": "done"}, headers=bearer())
        assert said.status_code == 503
        house.commands.away = False
        await soon(lambda: house.commands.stages("c1") == ["done"])  # it was not forgotten


class TestEnrol:
    @pytest.fixture
    async def codes(self) -> FixedCodes:
        return FixedCodes()

    async def test_a_code_gives_a_secret_that_opens_the_door(self, codes: FixedCodes):
        async with (
            running(enrolment=codes) as house,
            httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as web,
        ):
            said = await web.post("/enrol", json={"code": CODE})
            assert said.status_code == 201 and said.headers["cache-control"] == "no-store"
            got = said.json()
            assert got == {"id": SMOKE, "secret": codes.given.secret}
            before = [one for one in house.ledger.who if one.id != SMOKE]
            known = next(one for one in house.ledger.who if one.id == SMOKE)
            fresh = replace(known, secret=hashed(got["secret"]))
            house.ledger.who, house.ledger.number = (*before, fresh), 2
            await soon(lambda: house.ledger.asked > 1)
            headers = bearer(got["id"], got["secret"])
            assert (await web.get("/commands?wait=0", headers=headers)).status_code == 200
            again = await web.post("/enrol", json={"code": CODE})
            assert (again.status_code, again.json()["code"]) == (403, "code_used")
            assert "已用过" in again.json()["zh"] and "has been used" in again.json()["en"]

    async def test_what_is_no_code_does_not_reach_the_rooms(self, codes: FixedCodes):
        async with (
            running(enrolment=codes) as house,
            httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as web,
        ):
            for content in (b"", b"{}", b'{"code":7}', b"\xff", b'"x"'):
                assert (await web.post("/enrol", content=content)).status_code == 400
            assert (await web.post("/enrol", content=b"x" * 2000)).status_code == 413
            assert codes.asked == 0

    async def test_who_tries_too_often_waits_for_the_next_minute(self, codes: FixedCodes):
        time = [600_000_000_000]
        clocks = Clocks(wall=lambda: time[0], passed=lambda: time[0], boot="")
        async with (
            running(enrolment=codes, clocks=clocks) as house,
            httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as web,
        ):
            for _ in range(enrol.TRIES):
                assert (await web.post("/enrol", json={"code": "guess"})).status_code == 403
            said = await web.post("/enrol", json={"code": CODE})
            assert (said.status_code, said.json()["code"]) == (429, "too_many_tries")
            assert 0 < int(said.headers["retry-after"]) <= 60
            assert codes.asked == enrol.TRIES and codes.good == {CODE}
            time[0] += 60_000
            assert (await web.post("/enrol", json={"code": CODE})).status_code == 201

    async def test_while_the_rooms_are_away_a_code_is_not_used_up(self, codes: FixedCodes):
        codes.away = True
        async with (
            running(enrolment=codes) as house,
            httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as web,
        ):
            assert (await web.post("/enrol", json={"code": CODE})).status_code == 503
            assert codes.good == {CODE}

    async def test_a_house_without_codes_has_no_such_address(self, web: httpx.AsyncClient):
        assert (await web.post("/enrol", json={"code": CODE})).status_code == 404
