"""Damage to a log on a cluster: what any node has sound is read; what none has is set aside, once,
for everybody. What is only missing, test_aside.py has for all sorts of log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.log.conftest import lose
from tests.log.entries import NOON, controls, readings
from tests.log.test_jetstream import values
from tests.support.ports import free_ports
from xiuhua.engine.records import Data, Tick
from xiuhua.log.aside import CHANGED, MISSING
from xiuhua.log.base import Entry
from xiuhua.log.database import open_log, open_reader
from xiuhua.log.errors import Damaged, Headless
from xiuhua.log.jetstream import JetStreamLog
from xiuhua.log.jetstream.messages import stamp_of
from xiuhua.log.jetstream.wire import Message, Out


@pytest.fixture
def log(nats_url: str) -> Iterator[JetStreamLog]:
    with open_log(nats_url) as opened:
        assert isinstance(opened, JetStreamLog)
        yield opened


def write_wrong(log: JetStreamLog, entry: Entry, old: bytes, new: bytes) -> None:
    """Append the entry as a machine with bad memory would: what arrives is not what was meant."""
    wire = log._stream.wire
    publish = wire.publish

    def wrong(messages: Sequence[Out], *, once: str = "") -> int:
        *others, last = messages
        return publish([*others, replace(last, data=last.data.replace(old, new))], once=once)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "publish", wrong)
        log.append(entry, NOON + 7)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"tl04-smoke-0007", b"tl04-smoke-0008", CHANGED),
        (b"", b"\xc1", MISSING),  # nothing of it can be read
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_what_is_changed_in_all_copies_is_set_aside(
    log: JetStreamLog, nats_url: str, old: bytes, new: bytes, what: str, last: bool
) -> None:
    log.append(readings(0), NOON)
    write_wrong(log, Entry(1, readings(1).body, controls("a").controls), old, new)
    if not last:
        log.append(readings(2), NOON + 9)
    seen = log.read(0)
    assert [each.position for each in seen] == list(range(1, 4 if last else 5))
    lost = [each for each in seen if isinstance(each, Tick)]
    assert [(each.position, each.at) for each in lost][-1] == (3, NOON + (7 if old else 0))
    (stretch,) = log.aside.stretches()
    assert (stretch.what, stretch.last, stretch.readings) == (what, 3, 1 if old else 0)
    with open_reader(nats_url) as another:
        assert another.read(0) == seen
        assert another.aside.stretches() == [stretch]
    assert log.append(readings(3), NOON + 10) == len(seen) + 1


def test_a_strangers_message_is_no_entry(log: JetStreamLog, nats_url: str) -> None:
    log.append(readings(0), NOON)
    stream = log._stream
    stream.wire.publish([Out(stream.subjects.entry, b"hello", {})])
    for ask in (log.head, lambda: open_log(nats_url)):
        with pytest.raises(Headless, match=r"no stamp of ours.*Restore the log"):
            ask()


def test_a_copy_that_one_node_alone_has_sound_is_read_and_nothing_is_set_aside(
    log: JetStreamLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the two ways that are tried first give nothing of records 2 and 4."""
    for value in range(5):
        log.append(readings(value), NOON)
    sound = log.read(0)
    wire = log._stream.wire
    lost = {m.seq for m in log._stream.near(1, 1 << 20) if stamp_of(m).position in {2, 4}}
    near, leader = wire.several, wire.next

    def leading(stream: str, subject: str, seq: int) -> Message | None:
        found = leader(stream, subject, seq)
        return leading(stream, subject, seq + 1) if found and found.seq in lost else found

    monkeypatch.setattr(wire, "several", lambda *a: [m for m in near(*a) if m.seq not in lost])
    monkeypatch.setattr(wire, "next", leading)
    assert log.read(0) == sound
    assert [log.read(after, limit=1)[0] for after in range(5)] == sound
    assert log.aside.stretches() == []


def test_nothing_is_set_aside_while_a_node_that_may_have_it_is_away(
    log: JetStreamLog, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xiuhua.log.jetstream.wire.PATIENCE", 2.0)
    for value in range(3):
        log.append(readings(value), NOON)
    lose(nats_url, 2, 2)
    [port] = free_ports(1)
    with open_reader(nats_url.replace("/t", f",anna:secret@127.0.0.1:{port}/t")) as reader:
        with pytest.raises(Damaged, match=rf"Record 2 .*, and 127\S*:{port} is away.*back") as told:
            reader.read(0)
        assert not told.value.permanent
        assert "secret" not in str(told.value)
        assert reader.aside.stretches() == []
    assert [type(each) for each in log.read(0)] == [Data, Tick, Data]


@pytest.mark.parametrize("wrong", ["changed", "missing"])
def test_a_node_whose_disk_lies_is_not_believed_while_the_leader_knows_better(
    log: JetStreamLog, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    for value in range(3):
        log.append(readings(value), NOON)
    several = log._stream.wire.several

    def lying(*asked: Any) -> list[Message]:
        found = several(*asked)
        if wrong == "missing":
            return found[:2] + found[3:]
        return [replace(each, data=each.data.replace(b"smoke", b"smore")) for each in found]

    monkeypatch.setattr(log._stream.wire, "several", lying)
    assert values(log) == [readings(value).body for value in range(3)]
