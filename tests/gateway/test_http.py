"""The HTTP door, over a real socket."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json

import httpx
import pytest
from backports import zstd

from tests.support.waiting import PATIENCE
from xiuhua.epoch import now_ms
from xiuhua.gateway import allowance
from xiuhua.gateway import door as door_module
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.credentials import new_secret
from xiuhua.gateway.door import Door
from xiuhua.gateway.http import app as app_module
from xiuhua.gateway.http import body as body_module
from xiuhua.gateway.http import server as server_module
from xiuhua.gateway.http.app import HttpDoor
from xiuhua.gateway.http.body import BODY_LIMIT
from xiuhua.gateway.rates import Rates
from xiuhua.log.base import LogUnavailable

from .support.house import House, MemoryLog, lines_in, running, soon
from .support.people import GATEWAY, OTHERS_SMOKE, SECRET, SMOKE, WATER, intake

JSON, LINES, SENML = "application/json", "application/x-ndjson", "application/senml+json"
GOOD = b'{"battery":3}'


def headers(name: str = SMOKE, secret: str = SECRET, media: str = JSON, **more: str):
    named = {key.replace("_", "-"): value for key, value in more.items()}
    return {"authorization": f"Bearer {name}:{secret}", "content-type": media, **named}


@pytest.fixture
async def house():
    async with running() as house:
        yield house


@pytest.fixture
async def http(house: House):
    async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as client:
        yield client


async def test_202_comes_after_the_commit_and_says_what_was_taken(house: House, http):
    house.log.hold()
    tried = house.log.tried
    waiting = asyncio.create_task(http.post("/intake", content=GOOD, headers=headers()))
    await soon(lambda: house.log.tried > tried)
    assert not waiting.done()
    assert lines_in(house.log) == []
    house.log.release()
    answer = await waiting
    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 1, "copies": [], "rejected": []},
    )
    assert len(lines_in(house.log)) == 1


async def test_lines_of_a_gateway_with_the_bad_ones_by_number(house: House, http):
    content = b"\n".join(
        [
            b'{"device":"%b","battery":3}' % SMOKE.encode(),
            b'{"device":"%b","pressure":"high"}' % WATER.encode(),
            b'{"device":"%b","battery":3}' % OTHERS_SMOKE.encode(),
        ]
    )
    answer = await http.post("/intake", content=content, headers=headers(GATEWAY, media=LINES))
    assert answer.status_code == 202
    said = answer.json()
    assert said["accepted"] == 1
    assert [(item["line"], item["reason"]) for item in said["rejected"]] == [
        (2, "wrong_type"),
        (3, "not_yours"),
    ]
    assert said["rejected"][0]["sentence"] == {
        "zh": "字段 pressure 应是数字。",
        "en": "Field pressure must be a number.",
    }
    assert [refused.reason for refused in house.log.rejected] == ["wrong_type", "not_yours"]


async def test_of_many_refused_each_reason_has_its_sentence_and_each_line_its_reason(
    house: House, http
):
    """Ten thousand sentences would be a megabyte, and others would wait for it."""
    content = b"\n".join([b'{"battery":"x"}'] * 9_998 + [b"[]", b"[]"])
    answer = await http.post("/intake", content=content, headers=headers(media=LINES))
    rejected = answer.json()["rejected"]
    assert [item["line"] for item in rejected] == list(range(1, 10_001))
    assert [item["reason"] for item in rejected[-3:]] == ["wrong_type", "not_object", "not_object"]
    told = [item["line"] for item in rejected if "sentence" in item]
    assert told == [*range(1, 101), 9_999]
    assert len(house.log.rejected) == allowance.ROWS


async def test_senml(house: House, http):
    pack = [{"n": "battery", "u": "mV", "v": 2900}]
    answer = await http.post("/intake", json=pack, headers=headers(media=SENML))
    assert answer.json() == {"accepted": 1, "copies": [], "rejected": []}
    assert json.loads(lines_in(house.log)[0])["battery"] == 2.9


async def test_gzip(house: House, http):
    content = gzip.compress(b"\n".join([GOOD] * 1000))
    more = headers(media=LINES, content_encoding="gzip")
    answer = await http.post("/intake", content=content, headers=more)
    assert answer.json()["accepted"] == 1
    assert answer.json()["copies"] == list(range(2, 1001))
    assert len(lines_in(house.log)) == 1000


async def test_zstd(house: House, http):
    content = streamed(b'[{"battery":3,"time":1790000000000},{"battery":2}]')
    answer = await http.post("/intake", content=content, headers=headers(content_encoding="zstd"))
    assert answer.json() == {"accepted": 2, "copies": [], "rejected": []}


SKIPPED = b"\x50\x2a\x4d\x18\x02\0\0\0hi"
"""A frame of zstd that its readers skip."""


@pytest.mark.parametrize(("coding", "skipped"), [("gzip", b""), ("zstd", SKIPPED)])
async def test_packed_in_several_members(house: House, http, coding: str, skipped: bytes):
    pack = gzip.compress if coding == "gzip" else zstd.compress
    parts = [b'{"battery":3}\n{"batt', b"", b'ery":2}\n']
    content = skipped.join(pack(part) for part in parts) + skipped
    more = headers(media=LINES, content_encoding=coding)
    answer = await http.post("/intake", content=content, headers=more)
    assert answer.json() == {"accepted": 2, "copies": [], "rejected": []}


@pytest.mark.parametrize("media", ["application/ndjson", "application/jsonl; charset=utf-8"])
async def test_lines_by_the_other_names_that_they_go_by(house: House, http, media: str):
    answer = await http.post("/intake", content=GOOD + b"\n[]", headers=headers(media=media))
    assert answer.json()["accepted"] == 1
    assert [item["line"] for item in answer.json()["rejected"]] == [2]


async def test_basic_log_in(http):
    token = base64.b64encode(f"{SMOKE}:{SECRET}".encode()).decode()
    more = headers() | {"authorization": f"Basic {token}"}
    assert (await http.post("/intake", content=GOOD, headers=more)).status_code == 202


async def test_only_what_is_not_the_senders_is_403_and_kept(house: House, http):
    content = json.dumps({"device": OTHERS_SMOKE, "battery": 3}).encode()
    answer = await http.post("/intake", content=content, headers=headers(GATEWAY))
    assert answer.status_code == 403
    assert answer.json()["rejected"][0]["reason"] == "not_yours"
    assert [refused.reason for refused in house.log.rejected] == ["not_yours"]


@pytest.fixture
async def app():
    """The application without a server, and a door that is never opened: nothing is committed."""
    door = Door(MemoryLog(), now_ms, counters := Counters())
    transport = httpx.ASGITransport(HttpDoor(intake(), door, counters, now_ms, rates=Rates()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
    assert door.held == 0


BOMB = gzip.compress(b" " * (BODY_LIMIT + 1), mtime=0)


HALF = b" " * (BODY_LIMIT // 2 + 1)
HALF_BOMB = gzip.compress(HALF, mtime=0)


def streamed(content: bytes, **options: int) -> bytes:
    """A zstd frame that does not say how long it is, and so asks for its whole window."""
    wanted = {zstd.CompressionParameter[name]: value for name, value in options.items()}
    packer = zstd.ZstdCompressor(options=wanted)
    return packer.compress(content) + packer.flush()


ZSTD_BOMB = streamed(b" " * (1 << 26))
ZSTD_WIDE = streamed(GOOD, window_log=24)


@pytest.mark.parametrize(
    ("change", "content", "status", "error", "word"),
    [
        (headers(secret=new_secret()), GOOD, 401, "not_logged_in", "密钥不对"),
        (headers("tl04-smoke-9999"), GOOD, 401, "not_logged_in", "密钥不对"),
        ({"authorization": ""}, GOOD, 401, "not_logged_in", "密钥不对"),
        ({"authorization": "Basic ???"}, GOOD, 401, "not_logged_in", "密钥不对"),
        ({"authorization": "Basic /////w=="}, GOOD, 401, "not_logged_in", "密钥不对"),
        ({"authorization": f"Digest {SMOKE}:{SECRET}"}, GOOD, 401, "not_logged_in", "密钥不对"),
        ({"content-type": "text/plain"}, GOOD, 415, "wrong_media_type", "application/x-ndjson"),
        ({"content-type": ""}, GOOD, 415, "wrong_media_type", "application/senml+json"),
        ({"content-encoding": "br"}, GOOD, 415, "wrong_coding", "gzip"),
        ({}, b" " * (BODY_LIMIT + 1), 413, "too_large", "分批发送"),
        ({"content-type": LINES}, b"\n".join([GOOD] * 10_001), 413, "too_many", "分批发送"),
        ({}, b"[" + b",".join([GOOD] * 10_001) + b"]", 413, "too_many", "分批发送"),
        ({"content-encoding": "gzip"}, BOMB, 413, "too_large", "分批发送"),
        ({"content-encoding": "gzip"}, GOOD, 400, "broken_gzip", "gzip"),
        ({"content-encoding": "gzip"}, BOMB[:-9], 400, "broken_gzip", "gzip"),
        (
            {"content-encoding": "gzip"},
            gzip.compress(GOOD, mtime=0) + b"x",
            400,
            "broken_gzip",
            "gzip",
        ),
        ({"content-encoding": "zstd"}, ZSTD_BOMB, 413, "too_large", "分批发送"),
        ({"content-encoding": "zstd"}, ZSTD_WIDE, 400, "broken_zstd", "zstd"),
        ({"content-encoding": "zstd"}, GOOD, 400, "broken_zstd", "zstd"),
        ({"content-encoding": "zstd"}, zstd.compress(GOOD)[:-1], 400, "broken_zstd", "zstd"),
        ({"content-encoding": "zstd"}, zstd.compress(GOOD) * 2 + b"x", 400, "broken_zstd", "zstd"),
        ({"content-encoding": "gzip"}, gzip.compress(b"") * 1001, 400, "broken_gzip", "gzip"),
        ({"content-encoding": "gzip"}, HALF_BOMB * 2, 413, "too_large", "分批发送"),
        ({"content-encoding": "zstd"}, zstd.compress(HALF) * 2, 413, "too_large", "分批发送"),
        ({"content-encoding": "gzip, zstd"}, GOOD, 415, "wrong_coding", "zstd"),
        ({"content-length": str(BODY_LIMIT + 1)}, GOOD, 413, "too_large", "分批发送"),
        ({"idempotency-key": "a b"}, GOOD, 400, "bad_key", "ASCII"),
        ({"idempotency-key": "x" * 256}, GOOD, 400, "bad_key", "ASCII"),
        ({"idempotency-key": "k"}, GOOD, 501, "keys_not_kept", "去掉"),
    ],
)
async def test_turned_away(app, change, content, status, error, word):
    answer = await app.post("/intake", content=content, headers=headers() | change)
    assert (answer.status_code, answer.json()["code"]) == (status, error)
    assert word in answer.json()["zh"]
    assert answer.json()["en"]
    assert (status == 401) == ("www-authenticate" in answer.headers)


async def test_other_addresses_and_methods(app):
    assert (await app.get("/")).status_code == 404
    wrong = await app.get("/intake")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert (await app.post("/health")).status_code == 405


async def test_a_sender_with_too_many_requests_waiting_is_told_to_wait(house: House, http):
    house.log.hold()
    waiting = {
        asyncio.create_task(http.post("/intake", content=GOOD, headers=headers()))
        for _ in range(app_module.AT_ONCE_MOST + 1)
    }
    done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    answer = done.pop().result()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json()["code"] == "too_many_at_once"
    other = asyncio.create_task(http.post("/intake", content=GOOD, headers=headers(OTHERS_SMOKE)))
    house.log.release()
    assert {done.status_code for done in await asyncio.gather(other, *waiting)} == {202}


async def test_too_many_requests_of_everybody_are_503(house: House, http, monkeypatch):
    monkeypatch.setattr(app_module, "ALL_AT_ONCE_MOST", 1)
    house.log.hold()
    tried = house.log.tried
    first = asyncio.create_task(http.post("/intake", content=GOOD, headers=headers()))
    await soon(lambda: house.log.tried > tried)
    second = await http.post("/intake", content=GOOD, headers=headers(GATEWAY))
    assert (second.status_code, second.json()["code"]) == (503, "not_committed")
    house.log.release()
    assert (await first).status_code == 202


async def test_what_cannot_be_committed_in_time_is_503(house: House, http, monkeypatch):
    monkeypatch.setattr(app_module, "COMMIT_SECONDS", 0.05)
    house.log.failing = LogUnavailable("the disk is full")
    answer = await http.post("/intake", content=GOOD, headers=headers())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "没有确认" in answer.json()["zh"]
    health = await http.get("/health")
    assert (health.status_code, health.json()["status"]) == (503, "log unavailable")
    house.log.failing = None
    await soon(lambda: len(lines_in(house.log)) == 1)
    assert (await http.get("/health")).json() == {"status": "ok", "speakers": 10}


async def test_while_the_log_is_locked_others_are_told_at_once_to_come_later(
    house: House, http, monkeypatch
):
    monkeypatch.setattr(door_module, "LONG", 0.01)
    house.log.hold()
    first = asyncio.create_task(http.post("/intake", content=GOOD, headers=headers()))

    async def health() -> int:
        return (await http.get("/health")).status_code

    while await health() == 200:
        pass
    second = await http.post("/intake", content=GOOD, headers=headers())
    assert (second.status_code, second.headers["retry-after"]) == (503, "5")
    house.log.release()
    assert (await first).status_code == 202
    assert len(lines_in(house.log)) == 1


async def test_metrics_count_and_name_nobody(house: House, http):
    await http.post(
        "/intake", content=b'[{"battery":3,"rssi":1},{"battery":"x"}]', headers=headers()
    )
    await http.post("/intake", content=GOOD, headers=headers(secret=new_secret()))
    text = (await http.get("/metrics")).text
    for line in (
        'xiuhua_readings_accepted_total{door="http",kind="smoke"} 1.0',
        'xiuhua_readings_rejected_total{door="http",reason="wrong_type"} 1.0',
        'xiuhua_fields_ignored_total{kind="smoke"} 1.0',
        'xiuhua_logins_refused_total{door="http"} 1.0',
    ):
        assert line in text
    assert SMOKE not in text
    assert SECRET not in text


async def test_metrics_are_not_for_those_behind_a_proxy(app):
    assert (await app.get("/metrics")).status_code == 200
    for proxied in ("x-forwarded-for", "forwarded", "via", "x-real-ip"):
        assert (await app.get("/metrics", headers={proxied: "192.0.2.1"})).status_code == 404


async def test_a_slow_body_is_not_waited_for(house: House, monkeypatch):
    monkeypatch.setattr(body_module, "BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers().items())
    writer.write(f"POST /intake HTTP/1.1\r\nhost: x\r\n{head}content-length: 99\r\n\r\n{{".encode())
    async with asyncio.timeout(PATIENCE):
        assert b" 408 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize("start", [b"", b"POST /intake HTTP/1.1\r\nhost: x\r\n"])
async def test_a_slow_head_is_hung_up_on(house: House, monkeypatch, start: bytes):
    monkeypatch.setattr(server_module, "HEAD_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    writer.write(start)
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""
    writer.close()


async def test_a_giant_head_is_hung_up_on(house: House):
    _, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    writer.write(b"POST /intake HTTP/1.1\r\n")

    async def go_on_for_ever() -> None:
        while True:
            writer.write(b"x-more: " + b"x" * 5000 + b"\r\n")
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(go_on_for_ever(), PATIENCE)
    writer.close()
