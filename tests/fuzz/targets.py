"""What is fuzzed: everything that reads bytes which others have written.

A target takes any bytes. It returns a word for what came of them (a new word makes the input a seed
for others), and raises whatever the house would not have expected: that is a find.
"""

from __future__ import annotations

import asyncio
import gzip
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from tests.engine.test_conditions import MANY, PARAMS
from tests.engine.test_decode import DEVICES, LEDGER, both_ways
from tests.gateway.support import mqtt
from tests.gateway.support.people import GATEWAY, SMOKE, VEHICLE, intake, take
from tests.history.conftest import DAY, NOON, Past, reading
from tests.history.conftest import SMOKE as KEPT
from xiuhua.bridge import payloads
from xiuhua.engine import control
from xiuhua.engine.conditions import compile_condition
from xiuhua.engine.decode import decode
from xiuhua.engine.errors import RuleError
from xiuhua.engine.records import Data
from xiuhua.engine.rules import parse
from xiuhua.gateway.http import body
from xiuhua.gateway.http.answers import Turned
from xiuhua.gateway.intake import Form, Taken
from xiuhua.gateway.mqtt import packets, wire
from xiuhua.gateway.mqtt import properties as props
from xiuhua.gateway.mqtt.codes import ProtocolError
from xiuhua.gateway.mqtt.downward import outcome_in
from xiuhua.gateway.mqtt.packets import V3, V5
from xiuhua.history.errors import HistoryUnreadable
from xiuhua.kinds import all_kinds
from xiuhua.log.jetstream.messages import is_ours, records_in, rows_in
from xiuhua.log.jetstream.wire import Message
from xiuhua.log.rows import from_row, to_row
from xiuhua.runners.sources.lines import read_line

from . import city, http

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Target:
    """A reader of bytes, and inputs that it takes."""

    name: str
    run: Callable[[bytes], str]
    seeds: tuple[bytes, ...]
    town: bool = False
    """Whether it needs the database, with the town of `city.settle`."""


# MQTT


def mqtt_packets(data: bytes) -> str:
    """A stream of packets, as versions 0, 3.1.1 and 5 read it."""
    said = []
    for version in (0, V3, V5):
        at = 0
        try:
            while frame := wire.next_frame(data, at, 66 * 1024):
                start, end = frame
                said.append(type(packets.read(data[at], data[start:end], version)).__name__)
                at = end
        except ProtocolError as error:
            said.append(f"{error.code.name} {error}"[:60])
    return " ".join(dict.fromkeys(said))


def mqtt_properties(data: bytes) -> str:
    """Properties alone, where each sort may stand."""
    said = []
    for allowed in (props.IN_CONNECT, props.IN_WILL, props.IN_PUBLISH, props.IN_DISCONNECT):
        try:
            said += sorted(props.read(wire.Cursor(data), allowed))
        except ProtocolError as error:
            said.append(str(error))
    return " ".join(said)


def mqtt_seeds() -> tuple[bytes, ...]:
    """One of each packet, in both versions."""
    full = {"topic_alias": 3, "content_type": "application/json", "message_expiry": 9}
    return tuple(
        one
        for version in (V3, V5)
        for one in (
            mqtt.connect(mqtt.login(version=version)),
            mqtt.connect(mqtt.login(version=version, will=mqtt.message())),
            mqtt.publish(mqtt.message(), version),
            mqtt.publish(mqtt.message(properties=full), version) if version == V5 else mqtt.PING,
            mqtt.publish(mqtt.message(qos=0, payload=b"[" + mqtt.GOOD + b"]"), version),
            mqtt.subscribe(9, f"down/{SMOKE}/#", version=version),
            mqtt.unsubscribe(9, f"down/{SMOKE}/#", version=version),
            mqtt.PING + mqtt.DISCONNECT,
        )
    )


# What a door makes of a message


def message(form: Form, speaker: str, device: str | None) -> Callable[[bytes], str]:
    """A whole message in one form, from one speaker."""

    def run(data: bytes) -> str:
        taken = take(data, speaker=speaker, device=device, form=form, into=_table())
        sound(taken)
        return " ".join(sorted({refusal.why.reason for refusal in taken.refused})) + str(
            sorted(taken.accepted)
        )

    return run


_table = cache(intake)


def sound(taken: Taken) -> None:
    """What goes into the log is so many lines, each a reading, and the engine reads them all."""
    lines = taken.body.splitlines(keepends=True)
    assert len(lines) == taken.count, (len(lines), taken.count)
    for line in lines:
        held = msgspec.json.decode(line)
        assert isinstance(held["device"], str) and isinstance(held["time"], int), line
        both_ways(line.rstrip(b"\n"))


def message_seeds() -> tuple[bytes, ...]:
    """Good messages of each kind, and the museum of bad ones."""
    found = [mqtt.GOOD, b"[" + mqtt.GOOD + b"," + mqtt.GOOD + b"]", mqtt.GOOD + b"\n" + mqtt.GOOD]
    found.append(b'[{"bn":"tl04-smoke-0001","bt":1790000000,"n":"temperature","u":"Cel","v":20}]')
    found.append(b'{"device":"tl04-water-0001","time":"2026-09-21T10:13:20Z","pressure":2e5}')
    found.append('{"device":"tl04-vehicle-0001","plate":"沪A·12345","direction":"in"}'.encode())
    for path in sorted((ROOT / "tests/gateway/bad").glob("*.toml")):
        piece = tomllib.loads(path.read_text())
        found.append(bytes.fromhex(piece["hex"]) if "hex" in piece else piece["body"].encode())
    return tuple(found)


def http_body(data: bytes) -> str:
    """The content of a request in two parts, packed and plain."""
    said = []
    for encoding in ("gzip", "zstd", "", "br"):
        parts = [data[: len(data) // 2], data[len(data) // 2 :]]

        async def receive(left: list[bytes] = parts) -> body.Event:
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        try:
            got = asyncio.run(body.read(body.Incoming(receive), encoding, ""))
            assert len(got) <= body.BODY_LIMIT
            said.append("read")
        except Turned as turned:
            said.append(str(turned))
    return " ".join(said)


# The engine, the log and history


def line(data: bytes) -> str:
    """A line of the log: the scanner and msgspec agree. (The door writes none with a newline.)"""
    both_ways(data.replace(b"\n", b" "))
    return "agreed"


def pack(data: bytes) -> str:
    """A damaged pack of the log is read, or said to be damaged by its position."""
    try:
        found = decode([Data(7, NOON, data.count(b"\n"), data)], LEDGER)
    except ValueError as error:
        return "damaged, and said where" if "position 7" in str(error) else f"{error}"[:40]
    return f"{sorted(found.rows)} {found.unknown > 0}"


def record(data: bytes) -> str:
    """A row of the log whose checksum does not fit is never taken for a record."""
    found = from_row((1, data[0] % 4 if data else 0, NOON, 1, None, data, len(data)))
    return "damaged" if found is None else "read"


def change(data: bytes) -> str:
    """The body of a control record."""
    try:
        return type(control.decode(data)).__name__
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)[:40]


def outcome(data: bytes) -> str:
    """What a device says of a command."""
    return str(type(outcome_in(data)).__name__)


def of_a_broker(data: bytes) -> str:
    """A message from somebody's broker, made ready for our door."""
    said = []
    for lines in (False, True):
        bodies = payloads.ready(data, NOON, lines=lines)
        assert all(len(each) <= payloads.LONGEST for each in bodies)
        again = [payloads.ready(each, NOON + 1) for each in bodies if each != data]
        said.append(f"{len(bodies)} {len(again)}")
    return " ".join(said)


def entry(data: bytes) -> str:
    """An entry of the log on NATS: its stamp on a line, and its records."""
    stamp, _, rows = data.partition(b"\n")
    message = Message(1, "log.entry", {"Xiuhua-Stamp": stamp.decode("latin-1")}, rows)
    return f"{is_ours(message)} {len(rows_in([message]))} {len(records_in([message]))}"


def archived(data: bytes) -> str:
    """A line of a file that somebody replays."""
    found = read_line(data)
    return "none" if found is None else "a line"


def condition(data: bytes) -> str:
    """The text of a rule's condition, as somebody types it."""
    try:
        compile_condition(data.decode("utf-8", "replace"), MANY, frozenset(PARAMS))
    except RuleError as error:
        return error.sentence_en[:30]
    return "compiled"


def rules(data: bytes) -> str:
    """A file of rules, as somebody hands it in."""
    try:
        return f"{len(parse(data.decode('utf-8', 'replace'), kind_code='smoke'))} rules"
    except RuleError as error:
        return error.sentence_en[:30]


@cache
def _past() -> tuple[Past, Path, bytes, int]:
    folder = tempfile.mkdtemp(prefix="fuzz-history-")
    past = Past(Path(folder))
    past.add(*(reading(KEPT, NOON + n, temperature=20.0 + n) for n in range(50)))
    past.checkpoint()
    path = next(past.root.rglob("*.parquet"))
    return past, path, path.read_bytes(), len(past.history.readings(KEPT, NOON, NOON + DAY))


def parquet(data: bytes) -> str:
    """A part of history that is not as it was written is refused; its rows are never made up."""
    past, path, whole, rows = _past()
    path.write_bytes(data)
    try:
        found = len(past.history.readings(KEPT, NOON, NOON + DAY))
    except HistoryUnreadable:
        assert data != whole
        return "damaged"
    assert (data, found) == (whole, rows), "a damaged part was read"
    return "read"


def targets() -> list[Target]:
    """All of them."""
    messages = message_seeds()
    good = tuple(
        b'{"device":"%s","time":%d,"temperature":21.5}' % (name.encode(), NOON)
        for name in DEVICES[:8]
    )
    changes = tuple(
        control.encode(one)
        for one in (
            control.DoorUp(at=NOON, since=NOON),
            control.DoorDown(at=NOON),
            control.LedgerSet(()),
        )
    )
    kinds = [path.read_bytes() for path in sorted((ROOT / "pilot/rules").glob("*.toml"))[:6]]
    words = (b"a > 1 and b < p", b"on is true or way in ('in')", b"not (a + b) * 2 between 1 and q",
             b"tag is null", b"a / 0 > -1.5e3")  # fmt: skip
    default = tuple(kind.rules.encode() for kind in all_kinds() if kind.rules)
    return [
        Target("mqtt packets", mqtt_packets, mqtt_seeds()),
        Target("mqtt properties", mqtt_properties, (
            props.write({"topic_alias": 3, "content_type": "x"}), props.write({}),
            props.write({"session_expiry": 3, "receive_maximum": 9, "reason": "because"}),
        )),
        Target("json of a device", message("json", SMOKE, SMOKE), messages),
        Target("json of a gateway", message("json", GATEWAY, None), messages),
        Target("json about people", message("json", VEHICLE, VEHICLE), messages),
        Target("json lines", message("lines", GATEWAY, None), messages),
        Target("senml", message("senml", GATEWAY, None), messages),
        Target("http body", http_body, (gzip.compress(messages[2]), messages[2])),
        Target("line of the log", line, good + messages),
        Target("pack of the log", pack, tuple(one + b"\n" for one in good)),
        Target("row of the log", record, good),
        Target("control record", change, changes),
        Target("answer to a command", outcome, (
            b'{"id":"0123","ok":true}', b'{"id":"0123","ok":false,"why":"stuck"}',
        )),
        Target("message of a broker", of_a_broker, messages),
        Target("entry on NATS", entry, (
            b"1 0 3 1790000000000 0 90 0 1 abc\n"
            + msgspec.msgpack.encode([to_row(Data(3, NOON, 1, good[0] + b"\n"))]),
        )),
        Target("line of an archive", archived, good),
        Target("condition", condition, words),
        Target("rules", rules, default + tuple(kinds)),
        Target("history part", parquet, (_past()[2],)),
        Target("http codes", http.request, tuple(http.CODES)),
        Target("http commands", http.request, tuple(http.COMMANDS)),
        *(Target(*one) for one in city.PLAIN),
        *(Target(*one, town=True) for one in city.TABLES),
    ]  # fmt: skip
