"""The client's half of MQTT, byte by byte, for what no well-behaved client would send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.support.waiting import PATIENCE
from xiuhua.gateway.mqtt import properties as props
from xiuhua.gateway.mqtt import wire
from xiuhua.gateway.mqtt.packets import V3, V5, Connect, Publish

from .people import SECRET, SMOKE


def _properties(version: int, properties: Mapping[str, object]) -> bytes:
    return props.write(properties) if version == V5 else b""  # type: ignore[arg-type]


def connect(packet: Connect) -> bytes:
    """CONNECT, with a will if it has one."""
    will = packet.will
    flags = 0x02 * packet.clean
    if will is not None:
        flags |= 0x04 | will.qos << 3 | 0x20 * will.retain
    flags |= 0x80 * (packet.username is not None) | 0x40 * (packet.password is not None)
    body = wire.blob(b"MQTT") + bytes([packet.version, flags]) + packet.keep_alive.to_bytes(2)
    body += _properties(packet.version, packet.properties) + wire.blob(packet.client_id.encode())
    if will is not None:
        body += _properties(packet.version, will.properties)
        body += wire.blob(will.topic.encode()) + wire.blob(will.payload)
    if packet.username is not None:
        body += wire.blob(packet.username.encode())
    if packet.password is not None:
        body += wire.blob(packet.password)
    return wire.packet(0x10, body)


def publish(packet: Publish, version: int = V3) -> bytes:
    first = 0x30 | packet.duplicate << 3 | packet.qos << 1 | packet.retain
    body = wire.blob(packet.topic.encode())
    if packet.qos:
        body += packet.packet_id.to_bytes(2)
    return wire.packet(first, body + _properties(version, packet.properties) + packet.payload)


def subscribe(packet_id: int, *filters: str, version: int = V3) -> bytes:
    asked = b"".join(wire.blob(each.encode()) + b"\x01" for each in filters)
    return wire.packet(0x82, packet_id.to_bytes(2) + _properties(version, {}) + asked)


def unsubscribe(packet_id: int, *filters: str, version: int = V3) -> bytes:
    asked = b"".join(wire.blob(each.encode()) for each in filters)
    return wire.packet(0xA2, packet_id.to_bytes(2) + _properties(version, {}) + asked)


PROPERTIES = frozenset({
    "session_expiry", "receive_maximum", "maximum_qos", "retain_available", "maximum_packet_size",
    "topic_alias_maximum", "assigned_client_id", "server_keep_alive", "reason", "user",
    "subscription_ids_available", "shared_available",
})  # fmt: skip
"""The properties of 5.0 that our server sends."""

PING = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"


class RawClient:
    """A socket, and packets as (first byte, body)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, *data: bytes) -> None:
        self._writer.write(b"".join(data))

    async def packet(self) -> tuple[int, bytes]:
        """The next packet; raises IncompleteReadError when the server has hung up."""
        async with asyncio.timeout(PATIENCE):
            first = (await self._reader.readexactly(1))[0]
            length = shift = 0
            while True:
                byte = (await self._reader.readexactly(1))[0]
                length |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return first, await self._reader.readexactly(length)

    async def hung_up(self) -> bytes:
        """Everything that still comes until the server hangs up."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._reader.read(-1)
            except ConnectionResetError:
                return b""

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def raw(port: int) -> AsyncIterator[RawClient]:
    """A connection to which nothing has been said."""
    client = RawClient(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield client
    finally:
        client.close()


def login(name: str = SMOKE, version: int = V3, **more: object) -> Connect:
    """A CONNECT that is let in, but for what `more` changes."""
    known = {"client_id": name, "clean": True, "keep_alive": 60, "username": name}
    return Connect(version=version, **{**known, "password": SECRET.encode(), **more})  # type: ignore[arg-type]


@asynccontextmanager
async def client(
    port: int, name: str = SMOKE, version: int = V3, **more: object
) -> AsyncIterator[RawClient]:
    """A client that is in."""
    async with raw(port) as raw_client:
        raw_client.send(connect(login(name, version, **more)))
        first, body = await raw_client.packet()
        assert (first, body[1]) == (0x20, 0), body
        yield raw_client


GOOD = b'{"battery":3}'


def message(
    topic: str = f"up/{SMOKE}", payload: bytes = GOOD, qos: int = 1, **more: object
) -> Publish:
    """A message that is taken, but for what the arguments change."""
    return Publish(topic, payload, qos, packet_id=7 if qos else 0, **more)  # type: ignore[arg-type]


async def answer(client: RawClient, packet: Publish, version: int) -> tuple[int, bytes]:
    """What the server says to a message."""
    client.send(publish(packet, version))
    return await client.packet()


async def ended(client: RawClient, version: int) -> int | None:
    """The code with which the server ends the connection; None in 3.1.1, which has none."""
    rest = await client.hung_up()
    if version == V3:
        assert rest == b""
        return None
    assert rest[0] == 0xE0
    return rest[2]
