"""The HTTP door with clients that others wrote: curl, httpx, requests; and what slows them."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from pathlib import Path

import httpx
import pytest
import requests
from backports import zstd

from tests.support.waiting import PATIENCE
from xiuhua.gateway.rates import Rates

from .support.house import House, lines_in, running
from .support.people import GATEWAY, OTHERS_SMOKE, SECRET, SMOKE, WATER

LINES = b"\n".join(b'{"device":"%b","battery":%d}' % (SMOKE.encode(), n) for n in range(1, 4))
TAKEN = {"accepted": 3, "copies": [], "rejected": []}


@pytest.fixture
async def house():
    async with running() as house:
        yield house


async def curl(house: House, *more: str) -> tuple[int, dict[str, object]]:
    """Status and answer of a POST by curl, as the guide shows it."""
    said = ("-H", f"Authorization: Bearer {GATEWAY}:{SECRET}")
    lines = ("-H", "Content-Type: application/x-ndjson")
    process = await asyncio.create_subprocess_exec(
        *("curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}", f"{house.url}/intake"),
        *(*said, *lines, *more),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    answer, _, status = out.rpartition(b"\n")
    return int(status), json.loads(answer)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("content", "more"),
    [
        (LINES, ()),
        (gzip.compress(LINES), ("-H", "Content-Encoding: gzip")),
        (zstd.compress(LINES), ("-H", "Content-Encoding: zstd")),
        (LINES, ("-H", "Transfer-Encoding: chunked")),
        (LINES, ("-H", "Expect: 100-continue")),
        (LINES, ("-H", "Idempotency-Key: 8e03978e-40d5-43dd-bc93-6894a57f9324")),
        (LINES, ("--http1.0",)),
    ],
    ids=["plain", "gzip", "zstd", "chunked", "expect", "key", "1.0"],
)
async def test_curl(house: House, tmp_path: Path, content: bytes, more: tuple[str, ...]):
    (tmp_path / "lines").write_bytes(content)
    assert await curl(house, "--data-binary", f"@{tmp_path}/lines", *more) == (202, TAKEN)
    assert len(lines_in(house.log)) == 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_hears_that_its_content_is_too_long(house: House, tmp_path: Path):
    (tmp_path / "long").write_bytes(b" " * (3 << 20))
    status, answer = await curl(house, "--data-binary", f"@{tmp_path}/long")
    assert (status, answer["code"]) == (413, "too_large")


async def test_httpx_streams(house: House):
    async def pieces():
        for line in LINES.splitlines(keepends=True):
            yield line

    head = {"content-type": "application/x-ndjson"}
    async with httpx.AsyncClient(auth=(GATEWAY, SECRET), timeout=PATIENCE) as client:
        answer = await client.post(f"{house.url}/intake", content=pieces(), headers=head)
    assert (answer.status_code, answer.json()) == (202, TAKEN)


async def test_requests_keeps_its_connection_past_a_refusal(house: House):
    def speak() -> list[int]:
        head = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
        with requests.Session() as session:
            session.auth = (GATEWAY, SECRET)
            contents = [gzip.compress(LINES), b"no gzip", gzip.compress(LINES)]
            url = f"{house.url}/intake"
            answers = [session.post(url, data=c, headers=head, timeout=PATIENCE) for c in contents]
            return [answer.status_code for answer in answers]

    assert await asyncio.to_thread(speak) == [202, 400, 202]


async def test_too_fast_is_429_takes_nothing_and_says_when():
    async with running(rates=Rates(device=0.02, speaker=0)) as house:  # two readings at once
        head = {"content-type": "application/x-ndjson"}
        async with httpx.AsyncClient(
            base_url=house.url, auth=(GATEWAY, SECRET), timeout=PATIENCE
        ) as client:
            assert (await client.post("/intake", content=LINES, headers=head)).status_code == 202
            answer = await client.post("/intake", content=LINES, headers=head)
            assert (answer.status_code, answer.json()["code"]) == (429, "too_fast")
            assert 50 <= int(answer.headers["retry-after"]) <= 100
            other = b'{"device":"%b","pressure":300000}' % WATER.encode()
            assert (await client.post("/intake", content=other, headers=head)).status_code == 202
        assert len(lines_in(house.log)) == 4


async def test_a_log_in_that_is_too_fast_is_not_even_read():
    async with running(rates=Rates(device=0, speaker=0.02)) as house:
        head = {"content-type": "application/json"}
        async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as client:

            async def post(name: str, content: bytes) -> httpx.Response:
                return await client.post(
                    "/intake", content=content, headers=head, auth=(name, SECRET)
                )

            assert (await post(SMOKE, b'[{"battery":1},{"battery":2}]')).status_code == 202
            assert (await post(SMOKE, b"no JSON at all")).status_code == 429
            assert (await post(OTHERS_SMOKE, b'{"battery":1}')).status_code == 202
        assert house.log.rejected == []
