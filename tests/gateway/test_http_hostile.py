"""Slow and hostile HTTP clients, byte by byte: each is answered or hung up on in bounded time and
memory, takes nothing from anybody else, and smuggles nothing in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest
import pytest_asyncio

from tests.support.waiting import PATIENCE
from xiuhua.gateway.http import body as body_module
from xiuhua.gateway.http import lobby
from xiuhua.gateway.http import server as server_module
from xiuhua.gateway.http.body import BODY_LIMIT

from .support.house import House, lines_in, running, soon
from .support.people import SECRET, SMOKE

GOOD = b'{"battery":3}'
HEAD = (
    f"POST /intake HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SMOKE}:{SECRET}\r\n"
    "content-type: application/json\r\n"
).encode()
WHOLE = HEAD + b"content-length: 13\r\n\r\n" + GOOD


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    async with running() as house:
        yield house


async def said(house: House, *parts: bytes) -> bytes:
    """Everything that the door says until it hangs up, to a client that sends and stays."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    try:
        for part in parts:
            writer.write(part)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


CLOSE = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

AMBIGUOUS = {
    "length and chunks": b"content-length: 13\r\ntransfer-encoding: chunked\r\n",
    "chunks and length": b"transfer-encoding: chunked\r\ncontent-length: 13\r\n",
    "two lengths": b"content-length: 13\r\ncontent-length: 14\r\n",
    "a list of lengths": b"content-length: 13, 14\r\n",
    "a length with a sign": b"content-length: +13\r\n",
    "a length in hexadecimal": b"content-length: 0xd\r\n",
    "a length below nothing": b"content-length: -1\r\n",
    "a length of a thousand digits": b"content-length: " + b"9" * 1000 + b"\r\n",
    "chunked that is not last": b"transfer-encoding: chunked, gzip\r\n",
    "a blank before the colon": b"transfer-encoding : chunked\r\n",
    "a folded line": b"x: y\r\n transfer-encoding: chunked\r\n",
    "a bare line feed in a value": b"x: y\ntransfer-encoding: chunked\r\ncontent-length: 13\r\n",
    "a null in a name": b"content-length\0: 13\r\n",
}


@pytest.mark.parametrize("lines", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
async def test_what_two_readers_may_read_in_two_ways_is_refused_whole(house: House, lines: bytes):
    """The message behind the head is a second request to one of the two; it must be none to us."""
    before = len(lines_in(house.log))
    answer = await said(house, HEAD + lines + b"\r\n0\r\n\r\n" + WHOLE + CLOSE)
    assert statuses(answer) == [400]
    assert b'"code":"malformed"' in answer
    assert len(lines_in(house.log)) == before


BROKEN_CHUNKS = {
    "a size that is no number": b"z\r\n",
    "a size beyond all measure": b"f" * 30 + b"\r\n",
    "a chunk longer than it says": b"3\r\n" + GOOD + b"\r\n0\r\n\r\n",
    "a size below nothing": b"-1\r\n",
}


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS.keys())
async def test_broken_chunks_are_refused(house: House, chunks: bytes):
    before = len(lines_in(house.log))
    answer = await said(house, HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks)
    assert statuses(answer)[:1] == [400]
    assert len(lines_in(house.log)) == before


async def test_a_content_longer_than_it_says_is_no_second_reading(house: House):
    before = len(lines_in(house.log))
    answer = await said(house, HEAD + b"content-length: 13\r\n\r\n" + GOOD + GOOD)
    assert statuses(answer)[-1] == 400
    assert len(lines_in(house.log)) <= before + 1


async def test_a_content_shorter_than_it_says_is_not_taken(house: House, monkeypatch):
    monkeypatch.setattr(body_module, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(body_module, "DRAIN_SECONDS", 0.05)
    answer = await said(house, HEAD + b"content-length: 99\r\n\r\n" + b'{"battery":2.75}')
    assert statuses(answer) == [408]
    assert not [line for line in lines_in(house.log) if "2.75" in str(line)]


async def test_who_hangs_up_in_the_middle_leaves_nothing(house: House):
    before = len(lines_in(house.log))
    _, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    writer.write(HEAD + b"content-length: 99\r\n\r\n" + GOOD)
    await writer.drain()
    writer.close()
    assert statuses(await said(house, CLOSE)) == [404]
    assert len(lines_in(house.log)) == before


async def goes_on(house: House, head: bytes, piece: bytes) -> tuple[bytes, int]:
    """What is said to a client that never ends, and how much it could send until it was let go."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    hearing = asyncio.create_task(reader.read())
    writer.write(head)
    sent = 0
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                writer.write(piece)
                await writer.drain()
                sent += len(piece)
    except ConnectionError:
        pass
    finally:
        writer.close()
    try:
        return await hearing, sent
    except ConnectionError:
        return b"", sent


KERNEL = 16 << 20
"""What the two ends' buffers of a connection may hold, generously."""


async def test_an_endless_content_is_cut_off(house: House):
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer, sent = await goes_on(house, HEAD + b"transfer-encoding: chunked\r\n\r\n", chunk)
    assert statuses(answer) in ([413], [])  # [] where our hanging up overtook our answer
    assert sent < 2 * BODY_LIMIT + KERNEL


async def test_a_giant_content_is_refused_before_it_is_read(house: House):
    head = HEAD + b"expect: 100-continue\r\ncontent-length: 99999999999\r\n\r\n"
    answer = await said(house, head)
    assert statuses(answer) == [413]


async def test_an_endless_content_to_nowhere_is_cut_off(house: House):
    head = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n"
    answer, sent = await goes_on(house, head, b" " * 0x10000)
    assert statuses(answer) in ([404], [])
    assert sent < 2 * BODY_LIMIT + KERNEL


async def test_an_endless_head_is_cut_off(house: House):
    _, sent = await goes_on(house, HEAD, b"x-more: " + b"x" * 5000 + b"\r\n")
    assert sent < KERNEL


async def test_an_endless_address_is_cut_off(house: House):
    _, sent = await goes_on(house, b"GET /", b"x" * 5000)
    assert sent < KERNEL


@pytest.mark.parametrize("drop", [b"\r\n", b"P", b"x: y\r\n"])
async def test_a_head_that_drips_for_ever_is_hung_up_on(house: House, monkeypatch, drop: bytes):
    """Each drop is a sign of life, and gains it nothing."""
    monkeypatch.setattr(server_module, "HEAD_SECONDS", 0.1)
    start = HEAD if b":" in drop else b""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    writer.write(start)
    hearing = asyncio.create_task(reader.read())
    async with asyncio.timeout(PATIENCE):
        while not hearing.done():
            writer.write(drop)
            await asyncio.wait({hearing}, timeout=0.01)
    assert statuses(await hearing) in ([], [400])
    writer.close()


async def test_blank_lines_after_a_request_do_not_hold_the_connection(house: House, monkeypatch):
    monkeypatch.setattr(server_module, "HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    writer.write(WHOLE)
    async with asyncio.timeout(PATIENCE):
        assert statuses(await reader.readline()) == [202]
        writer.write(b"\r\n\r\n")
        await reader.read()
    writer.close()


async def test_a_content_that_drips_for_ever_is_not_waited_for(house: House, monkeypatch):
    monkeypatch.setattr(body_module, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(body_module, "DRAIN_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    writer.write(HEAD + b"content-length: 99999\r\n\r\n")
    hearing = asyncio.create_task(reader.read())
    async with asyncio.timeout(PATIENCE):
        while not hearing.done():
            writer.write(b" ")
            await asyncio.wait({hearing}, timeout=0.01)
    with suppress(ConnectionResetError):  # the system cuts a line on which more drips: as good
        assert statuses(await hearing) == [408]
    writer.close()


async def test_who_never_listens_to_the_answers_stops_nobody(house: House):
    _, deaf = await asyncio.open_connection("127.0.0.1", house.addresses.http)
    deaf.write(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n" * 5_000)
    async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as client:
        assert (await client.get("/health")).status_code == 200
    deaf.close()


async def test_more_connections_than_there_is_room_for_are_told_to_come_later(
    house: House, monkeypatch
):
    """Where all have a request under way: nobody else is in the newcomer's way."""
    monkeypatch.setattr(server_module, "CONNECTIONS_MOST", 5)
    idle = [await asyncio.open_connection("127.0.0.1", house.addresses.http) for _ in range(5)]
    for reader, writer in idle:
        writer.write(HEAD + b"expect: 100-continue\r\ncontent-length: 99\r\n\r\n")
        assert b" 100 " in await reader.readline()
    answer = await said(house)
    assert statuses(answer) == [503]
    assert b"retry-after: 5" in answer
    assert b'"code":"too_many_connections"' in answer
    for _, writer in idle:
        writer.close()
        await writer.wait_closed()

    async def room() -> bool:
        return statuses(await said(house, CLOSE)) == [404]

    async with asyncio.timeout(PATIENCE):
        while not await room():
            pass


async def test_silent_or_resting_sockets_shut_the_door_for_nobody(house: House, monkeypatch):
    """The one that has kept us waiting for a head the longest goes, then who rests the longest."""
    monkeypatch.setattr(server_module, "CONNECTIONS_MOST", 4)
    there = [await asyncio.open_connection("127.0.0.1", house.addresses.http) for _ in range(4)]
    (first, _), (second, asking), (third, half), (fourth, _) = there
    asking.write(WHOLE)
    assert b" 202 " in await second.readline()
    half.write(HEAD)
    async with asyncio.timeout(PATIENCE):
        for gone in (first, third, fourth):
            assert statuses(await said(house, CLOSE)) == [404]
            with suppress(ConnectionResetError):
                assert await gone.read() == b""
            there.append(await asyncio.open_connection("127.0.0.1", house.addresses.http))
            there[-1][1].write(WHOLE)
            assert b" 202 " in await there[-1][0].readline()
        assert statuses(await said(house, CLOSE)) == [404]
        await second.read()  # to its end: of those with their answer it rested the longest
    for _, writer in there:
        writer.close()


async def test_one_address_owes_only_so_many_heads(house: House, monkeypatch):
    monkeypatch.setattr(lobby, "OF_ONE_MOST", 2)
    silent = [await asyncio.open_connection("127.0.0.1", house.addresses.http) for _ in range(3)]
    async with asyncio.timeout(PATIENCE):
        assert await silent[0][0].read() == b""
    for _, writer in silent:
        writer.close()


async def test_others_are_served_while_hundreds_of_connections_say_nothing(house: House):
    many = [await asyncio.open_connection("127.0.0.1", house.addresses.http) for _ in range(300)]
    async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as client:
        assert (await client.get("/health")).status_code == 200
    for _, writer in many:
        writer.close()


async def test_an_upgrade_is_no_way_round_and_advises_nobody(house: House, caplog):
    more = b"connection: upgrade, close\r\nupgrade: websocket\r\n"
    answer = await said(house, b"GET /intake HTTP/1.1\r\nhost: x\r\n" + more + b"\r\n")
    assert statuses(answer) == [405]
    assert "pip install" not in caplog.text


NOT_DONE = {
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
    "no host in 1.0": (b"GET / HTTP/1.0\r\n\r\n", 404),
    "packed on the way": (HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "packed twice over": (
        HEAD + b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    "great expectations": (HEAD + b"expect: 200-ok\r\ncontent-length: 13\r\n\r\n" + GOOD, 417),
}


@pytest.mark.parametrize(("head", "status"), NOT_DONE.values(), ids=NOT_DONE.keys())
async def test_what_http_does_not_allow_or_we_do_not_do_is_said(
    house: House, head: bytes, status: int
):
    before = len(lines_in(house.log))
    answer = await said(house, head)
    assert statuses(answer) == [status]
    assert b"connection: close" in answer
    assert len(lines_in(house.log)) == before


async def test_afterwards_the_door_is_as_it_was(house: House):
    before = len(lines_in(house.log))
    async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as client:
        head = {"authorization": f"Bearer {SMOKE}:{SECRET}", "content-type": "application/json"}
        assert (await client.post("/intake", content=GOOD, headers=head)).status_code == 202
    await soon(lambda: len(lines_in(house.log)) == before + 1)
