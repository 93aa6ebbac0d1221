"""Every packet that is written is read as it was meant; no bytes whatever crash the reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiuhua.gateway.mqtt import packets, wire
from xiuhua.gateway.mqtt import properties as props
from xiuhua.gateway.mqtt.codes import Code, ProtocolError
from xiuhua.gateway.mqtt.packets import V3, V5, Connect, Publish

from .support import mqtt

LIMIT = 1 << 28
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TOPICS = TEXT.filter(lambda text: bool(text) and not set("+#") & set(text))


def read(packet: bytes, version: int) -> packets.Packet:
    frame = wire.next_frame(packet, 0, LIMIT)
    assert frame is not None
    start, end = frame
    assert end == len(packet)
    return packets.read(packet[0], packet[start:end], version)


def verdict(fn: Callable[[], object]) -> int:
    """0 where something was read, else the code of the error; 5.0's errors begin at 0x80."""
    try:
        fn()
    except ProtocolError as error:
        return error.code if error.code >= Code.UNSPECIFIED else -1
    return 0


def wills(version: int) -> st.SearchStrategy[Publish]:
    delays = st.fixed_dictionaries({}, optional={"will_delay": st.integers(0, 2**32 - 1)})
    return st.builds(
        Publish,
        topic=TEXT,
        payload=st.binary(max_size=300),
        qos=st.integers(0, 2),
        retain=st.booleans(),
        properties=delays if version == V5 else st.just({}),
    )


@st.composite
def connects(draw: st.DrawFn) -> Connect:
    version = draw(st.sampled_from([V3, V5]))
    properties = {"session_expiry": st.integers(0, 2**32 - 1), "receive_maximum": st.integers(1, 9)}
    username = draw(st.none() | TEXT)
    password = draw(st.none() | st.binary(max_size=9))
    return Connect(
        version=version,
        client_id=draw(TEXT),
        clean=draw(st.booleans()),
        keep_alive=draw(st.integers(0, 65535)),
        username=username,
        password=None if username is None and version == V3 else password,
        will=draw(st.none() | wills(version)),
        properties=draw(st.fixed_dictionaries({}, optional=properties)) if version == V5 else {},
    )


@given(connects())
def test_connect(packet: Connect):
    assert read(mqtt.connect(packet), 0) == packet


@given(
    st.builds(
        Publish,
        topic=TOPICS,
        payload=st.binary(max_size=300),
        qos=st.just(1),
        packet_id=st.integers(1, 65535),
        retain=st.booleans(),
        duplicate=st.booleans(),
    ),
    st.sampled_from([V3, V5]),
)
def test_publish(packet: Publish, version: int):
    assert read(mqtt.publish(packet, version), version) == packet


def test_publish_with_properties():
    sent = Publish("", b"x", properties={"topic_alias": 3, "content_type": "application/json"})
    assert read(mqtt.publish(sent, V5), V5) == sent


@given(st.lists(TEXT.filter(bool), min_size=1), st.integers(1, 65535), st.sampled_from([V3, V5]))
def test_subscribe_and_unsubscribe(filters: list[str], packet_id: int, version: int):
    sent = mqtt.subscribe(packet_id, *filters, version=version)
    assert read(sent, version) == packets.Subscribe(packet_id, tuple(filters), (1,) * len(filters))
    sent = mqtt.unsubscribe(packet_id, *filters, version=version)
    assert read(sent, version) == packets.Unsubscribe(packet_id, tuple(filters))


def test_what_has_no_body():
    assert read(mqtt.PING, V3) == packets.Ping()
    assert read(mqtt.DISCONNECT, V3) == packets.Disconnect()
    assert read(b"\xe0\x02\x04\x00", V5) == packets.Disconnect(4)


@given(st.integers(0, 2**28 - 1))
def test_remaining_length(length: int):
    written = wire.varint(length)
    assert wire.Cursor(written).varint() == length
    assert wire.next_frame(b"\x30" + written, 0, LIMIT + 10) in {None, (2, 2)}


def test_the_lengths_that_the_standard_prints():
    for value, text in ((0, "00"), (127, "7f"), (128, "8001"), (16383, "ff7f"), (16384, "808001")):
        assert wire.varint(value).hex() == text


@given(st.binary(max_size=60))
def test_a_frame_cut_anywhere_is_waited_for(body: bytes):
    packet = wire.packet(0x30, body)
    for cut in range(len(packet)):
        assert wire.next_frame(packet[:cut], 0, LIMIT) is None


@given(st.integers(0, 255), st.binary(max_size=80), st.sampled_from([0, V3, V5]))
def test_no_bytes_whatever_crash_the_reader(first: int, body: bytes, version: int):
    assert verdict(lambda: packets.read(first, body, version)) >= 0


@given(connects(), st.data())
def test_a_spoilt_connect_does_not_crash_the_reader(packet: Connect, data: st.DataObject):
    whole = mqtt.connect(packet)
    at = data.draw(st.integers(2, len(whole) - 1))
    spoilt = whole[2:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    assert verdict(lambda: packets.read(0x10, spoilt, 0)) >= 0


@pytest.mark.parametrize(
    ("written", "hexadecimal"),
    [
        (packets.connack(Code.SUCCESS, V3), "20020000"),
        (packets.connack(Code.BAD_USERNAME_OR_PASSWORD, V3), "20020004"),
        (packets.connack(Code.NOT_AUTHORIZED, V3), "20020005"),
        (packets.connack(Code.NOT_AUTHORIZED, V5), "2003008700"),
        (packets.connack(Code.SUCCESS, V5, {"maximum_qos": 1}), "20050000022401"),
        (packets.puback(258, V3, Code.PAYLOAD_NOT_VALID, "no"), "40020102"),
        (packets.puback(258, V5), "40020102"),
        (packets.puback(258, V5, Code.PAYLOAD_NOT_VALID), "4003010299"),
        (packets.puback(258, V5, Code.PAYLOAD_NOT_VALID, "no"), "4009010299051f00026e6f"),
        (packets.suback(1, V3, [Code.SUCCESS, Code.NOT_AUTHORIZED]), "900400010080"),
        (packets.suback(1, V5, [Code.SUCCESS, Code.NOT_AUTHORIZED]), "90050001000087"),
        (packets.unsuback(1, V3, [Code.SUCCESS] * 2), "b0020001"),
        (packets.unsuback(1, V5, [Code.SUCCESS, Code.NO_SUBSCRIPTION_EXISTED]), "b0050001000011"),
        (packets.publish("a", b"x", V3), "3004000161" + "78"),
        (packets.publish("a", b"x", V5), "300500016100" + "78"),
        (packets.disconnect(Code.SHUTTING_DOWN), "e0018b"),
        (packets.PINGRESP_PACKET, "d000"),
    ],
)
def test_what_we_write_is_what_the_standard_says(written: bytes, hexadecimal: str):
    assert written.hex() == hexadecimal


@given(st.binary(max_size=40))
def test_properties_never_crash(body: bytes):
    assert verdict(lambda: props.read(wire.Cursor(wire.blob(body)[1:]), props.IN_CONNECT)) >= 0
