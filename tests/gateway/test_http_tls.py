"""HTTP under TLS: curl's own word on the certificate, and devices that must show theirs."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE
from xiuhua.gateway.tls import Tls

from .support.certificates import Authority
from .support.house import House, lines_in, running
from .support.people import SECRET, SMOKE, WATER


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def plain(authority: Authority):
    async with running(mqtts_port=0, https_port=0, tls=Tls(*authority.sign("door"))) as house:
        yield house


@pytest.fixture
async def strict(authority: Authority):
    """A door where devices show certificates."""
    tls = Tls(*authority.sign("door"), client_ca=authority.cert)
    async with running(mqtts_port=0, https_port=0, tls=tls) as house:
        yield house


async def posts(
    house: House, ca: Path, shown: tuple[Path, Path] | None = None
) -> tuple[int, int, dict[str, object]]:
    """A reading by curl: its exit, the status, and the answer."""
    words = ["curl", "-s", "-w", "\n%{http_code}", "--cacert", str(ca), "--data", '{"battery":3}']
    words += [
        "-H",
        "Content-Type: application/json",
        "-H",
        f"Authorization: Bearer {SMOKE}:{SECRET}",
    ]
    words += ["--cert", str(shown[0]), "--key", str(shown[1])] if shown else []
    process = await asyncio.create_subprocess_exec(
        *words,
        f"https://127.0.0.1:{house.addresses.https}/intake",
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    said, _, status = out.decode().rpartition("\n")
    return process.returncode, int(status), json.loads(said or "{}")


async def test_a_reading_is_stored(plain: House, authority: Authority):
    assert (await posts(plain, authority.cert))[1] == 202
    assert len(lines_in(plain.log)) == 1


async def test_a_door_of_another_authority_is_not_believed(plain: House, tmp_path: Path):
    assert (await posts(plain, Authority(tmp_path, "another").cert))[:2] == (60, 0)


async def test_old_tls_and_plain_http_are_hung_up_on(plain: House):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", plain.addresses.https, ssl=old)
    reader, writer = await asyncio.open_connection("127.0.0.1", plain.addresses.https)
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200" not in await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()


async def test_a_device_shows_its_own_certificate_and_its_secret(
    strict: House, authority: Authority
):
    assert (await posts(strict, authority.cert, authority.sign(SMOKE)))[1] == 202
    code, status, said = await posts(strict, authority.cert, authority.sign(WATER))
    assert (code, status, said["code"]) == (0, 401, "not_logged_in")
    assert (await posts(strict, authority.cert))[1] == 0
    assert len(lines_in(strict.log)) == 1
