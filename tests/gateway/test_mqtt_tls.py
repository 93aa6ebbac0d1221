"""MQTT under TLS: an independent client, with and without a certificate of its own."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE
from xiuhua.gateway.tls import Tls

from .support.certificates import Authority
from .support.house import House, lines_in, running
from .support.mqtt import raw
from .support.people import SECRET, SMOKE, WATER


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def plain(authority: Authority):
    """A door under TLS that asks nobody for a certificate."""
    async with running(mqtts_port=0, https_port=0, tls=Tls(*authority.sign("door"))) as house:
        yield house


@pytest.fixture
async def strict(authority: Authority):
    """A door under TLS where devices show certificates."""
    tls = Tls(*authority.sign("door"), client_ca=authority.cert)
    async with running(mqtts_port=0, https_port=0, tls=tls) as house:
        yield house


async def says(
    house: House, ca: Path, shown: tuple[Path, Path] | None = None, *more: str
) -> tuple[int, str]:
    """What mosquitto_pub comes to, as the smoke detector: its exit and what it said."""
    words = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(house.addresses.mqtts)]
    words += ["-u", SMOKE, "-P", SECRET, "-i", SMOKE, "-q", "1", "-V", "mqttv5"]
    words += ["-t", f"up/{SMOKE}", "-m", '{"battery":3}', "--cafile", str(ca), *more]
    if shown is not None:
        words += ["--cert", str(shown[0]), "--key", str(shown[1])]
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_a_message_is_stored(plain: House, authority: Authority):
    assert await says(plain, authority.cert) == (0, "")
    assert len(lines_in(plain.log)) == 1


async def test_a_client_that_does_not_know_our_authority_goes_away(plain: House, tmp_path: Path):
    code, said = await says(plain, Authority(tmp_path, "stranger").cert)
    assert code != 0
    assert "TLS error" in said


async def test_tls_before_1_2_is_refused(plain: House):
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.set_ciphers("ALL:@SECLEVEL=0")  # so that it is our side that minds
    client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_2
    where = ("127.0.0.1", plain.addresses.mqtts)
    _, writer = await asyncio.open_connection(*where, ssl=client)
    writer.close()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection(*where, ssl=client)


async def test_who_speaks_in_the_clear_is_hung_up_on(plain: House):
    assert plain.addresses.mqtts is not None
    async with raw(plain.addresses.mqtts) as there:
        there.send(b"\x10\x0c\0\4MQTT\4\2\0\0\0\0")
        assert b"MQTT" not in await there.hung_up()


async def test_its_own_certificate_lets_a_device_in(strict: House, authority: Authority):
    assert await says(strict, authority.cert, authority.sign(SMOKE)) == (0, "")
    assert len(lines_in(strict.log)) == 1


async def test_anothers_certificate_does_not_though_the_secret_is_right(
    strict: House, authority: Authority
):
    code, said = await says(strict, authority.cert, authority.sign(WATER))
    assert code != 0
    assert "Not authorized" in said
    assert lines_in(strict.log) == []


async def test_nobody_comes_in_without_one(strict: House, authority: Authority):
    assert (await says(strict, authority.cert))[0] != 0
    assert lines_in(strict.log) == []


async def test_nobody_comes_in_with_one_of_another_authority(
    strict: House, authority: Authority, tmp_path: Path
):
    forged = Authority(tmp_path, "stranger").sign(SMOKE)
    assert (await says(strict, authority.cert, forged))[0] != 0
    assert lines_in(strict.log) == []


async def test_a_certificate_does_not_stand_for_the_secret(strict: House, authority: Authority):
    shown = authority.sign(SMOKE)
    code, said = await says(strict, authority.cert, shown, "-P", "wrong")
    assert code != 0
    assert "not authori" in said.lower() or "bad user name or password" in said.lower()


async def test_a_key_of_another_certificate_keeps_the_gateway_from_starting(authority: Authority):
    cert, _ = authority.sign("door")
    _, foreign = authority.sign("other")
    with pytest.raises(OSError, match=r"(?i)key values mismatch"):
        async with running(mqtts_port=0, https_port=0, tls=Tls(cert, foreign)):
            pass
