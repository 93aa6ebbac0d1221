"""A log on a cluster: nodes die, leaders change, answers get lost; nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.log.entries import NOON, controls, readings, rejected
from tests.support.nats import Cluster, Node
from tests.support.waiting import eventually
from xiuhua.engine.records import Data
from xiuhua.log.base import Answered, Entry, LogUnavailable
from xiuhua.log.database import Log, open_log, open_reader
from xiuhua.log.errors import ForeignLayout, InDoubt, Refused
from xiuhua.log.jetstream import JetStreamLog, address, appender, doubts
from xiuhua.log.jetstream.address import NotAnAddress
from xiuhua.log.jetstream.wire import NoAnswer, Wire

KILLS = int(os.environ.get("XIUHUA_KILLS", "1"))

long = pytest.mark.skipif(
    "XIUHUA_KILLS" not in os.environ, reason="takes long: `make chaos-brokers` runs it"
)


@pytest.fixture
def log(nats_url: str) -> Iterator[JetStreamLog]:
    with open_log(nats_url) as opened:
        assert isinstance(opened, JetStreamLog)
        yield opened


def insist(log: Log, entry: Entry) -> int:
    """Append as the door does: the same entry again until it is taken."""
    return eventually(
        lambda: log.append(entry, NOON), 60, forgiving=LogUnavailable, saying="it is taken"
    )


def values(log: Log) -> list[bytes]:
    """The bodies of all data records, each read once."""
    found: list[bytes] = []
    after = 0
    while records := log.read(after):
        assert [each.position for each in records] == list(
            range(after + 1, records[-1].position + 1)
        )
        found += [each.body for each in records if isinstance(each, Data)]
        after = records[-1].position
    return found


def leader_of(cluster: Cluster, url: str) -> Node:
    where = address.parse(url)
    wire = Wire(where)
    try:
        info = eventually(
            lambda: wire.ask(f"STREAM.INFO.{where.name}")["cluster"].get("leader"), 30
        )
    finally:
        wire.close()
    return cluster.nodes[int(info.removeprefix("n"))]


# ── nodes die ───────────────────────────────────────────────────────────────────────────────────


@long
@pytest.mark.slow
def test_one_node_may_die_two_may_not_and_all_comes_back(
    nats_to_break: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appender, "SETTLING", 0.5)
    monkeypatch.setattr("xiuhua.log.jetstream.wire.ANSWER", 0.5)
    url = nats_to_break.url()
    with open_log(url) as log:
        assert log.append(readings(1), NOON) == 1
        eventually(lambda: not doubts(url), saying="all three keep up")
        first = leader_of(nats_to_break, url)
        first.kill()
        assert insist(log, readings(2)) == 2
        alone = f"{first.name} does not keep up with the log, or is away"
        eventually(lambda: list(doubts(url)) == [alone], saying="doctor names it")

        second = leader_of(nats_to_break, url)
        second.kill()
        in_hand = readings(3)
        for _ in range(2):
            with pytest.raises(LogUnavailable) as away:
                log.append(in_hand, NOON)
            assert not away.value.permanent

        first.start()
        second.start()
        assert insist(log, in_hand) == 3
        assert insist(log, readings(4)) == 4
        assert values(log) == [readings(value).body for value in (1, 2, 3, 4)]


@pytest.mark.slow
def test_kill_at_random_loses_nothing_and_doubles_nothing(nats_to_break: Cluster) -> None:
    """One node at a time, kill -9, back a moment later; XIUHUA_KILLS says how often."""
    chance = random.Random(7)
    over = threading.Event()
    acknowledged: list[int] = []

    def append() -> None:
        with open_log(nats_to_break.url("kills")) as log:
            while not over.is_set():
                entry = readings(len(acknowledged))
                insist(log, entry)
                acknowledged.append(len(acknowledged))

    writer = threading.Thread(target=append, daemon=True)
    writer.start()
    for _ in range(KILLS):
        goal = len(acknowledged) + chance.randint(1, 200)
        eventually(lambda goal=goal: len(acknowledged) >= goal, saying="it goes on")
        node = chance.choice(nats_to_break.nodes)
        node.kill()
        goal = len(acknowledged) + chance.randint(1, 50)
        eventually(lambda goal=goal: len(acknowledged) >= goal, saying="two go on")
        node.start()
        eventually(nats_to_break.healthy, saying="the third has caught up")
    over.set()
    writer.join(60)
    assert not writer.is_alive()
    with open_reader(nats_to_break.url("kills")) as reader:
        assert values(reader) == [readings(value).body for value in acknowledged]  # type: ignore[arg-type]
    print(f"\n{KILLS} kills of a node: {len(acknowledged)} acknowledged, lost 0, doubled 0")  # noqa: T201


@long
@pytest.mark.slow
def test_leaders_that_change_in_the_middle_double_nothing(log: JetStreamLog, nats_url: str) -> None:
    name = address.parse(nats_url).name
    wire = Wire(address.parse(nats_url))
    over = threading.Event()
    changes: list[int] = []

    def step_down() -> None:
        while not over.is_set():
            try:
                wire.ask(f"STREAM.LEADER.STEPDOWN.{name}")
                changes.append(1)
            except Exception:  # noqa: BLE001 - none is there to step down
                continue

    stepping = threading.Thread(target=step_down, daemon=True)
    stepping.start()
    written = 0
    while written < 20 or len(changes) < 2:
        insist(log, readings(written))
        written += 1
    over.set()
    stepping.join(30)
    wire.close()
    assert values(log) == [readings(value).body for value in range(written)]


# ── answers get lost ────────────────────────────────────────────────────────────────────────────


def lose(log: JetStreamLog, patch: pytest.MonkeyPatch, *, stored: bool, times: int) -> None:
    """Let the next publishes go without an answer, with the message stored or not."""
    wire = log._stream.wire
    publish = wire.publish
    left = [times]

    def unheard(*args: object, **named: object) -> int:
        if not left[0]:
            return publish(*args, **named)  # type: ignore[arg-type]
        left[0] -= 1
        if stored:
            publish(*args, **named)  # type: ignore[arg-type]
        raise NoAnswer("cut", sent=True)

    patch.setattr(wire, "publish", unheard)


ANSWER = Answered("name", "digest", NOON, 202, b"{}")
MIXED = Entry(1, readings(1).body, controls("a", "b").controls, [rejected()], [ANSWER])


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("entry", [readings(1), MIXED], ids=["one message", "a batch"])
def test_an_entry_whose_answer_is_lost_is_written_once(
    log: JetStreamLog, monkeypatch: pytest.MonkeyPatch, stored: bool, entry: Entry
) -> None:
    lose(log, monkeypatch, stored=stored, times=2)
    last = len(entry.controls) + 1
    assert log.append(entry, NOON) == last
    assert log.append(readings(2), NOON) == last + 1
    assert values(log) == [readings(1).body, readings(2).body]
    assert len(log.rejected.find()) == len(entry.rejected)


@pytest.mark.parametrize("stored", [True, False])
def test_an_entry_in_doubt_counts_once_when_it_comes_again(
    log: JetStreamLog, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    monkeypatch.setattr(appender, "SETTLING", 0.0)
    lose(log, monkeypatch, stored=stored, times=1)
    with pytest.raises(InDoubt, match="Do not acknowledge it"):
        log.append(MIXED, NOON)
    assert log.append(MIXED, NOON + 1) == 3
    assert log.append(readings(2), NOON + 2) == 4
    assert len(log.rejected.find()) == 1
    assert log.answers.find("name", since=NOON) == ANSWER


def test_an_entry_in_doubt_that_nobody_brings_again_keeps_its_place(
    log: JetStreamLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appender, "SETTLING", 0.0)
    lose(log, monkeypatch, stored=True, times=1)
    with pytest.raises(InDoubt):
        log.append(MIXED, NOON)
    monkeypatch.undo()
    assert log.append(controls("a", "c"), NOON) == 4
    assert [each.position for each in log.read(0)] == [1, 2, 3, 4]


# ── size, strangers ─────────────────────────────────────────────────────────────────────


def test_an_entry_larger_than_a_message_is_read_whole_from_anywhere(log: JetStreamLog) -> None:
    line = b'{"device":"tl04-smoke-0007","time":1790000000000,"battery":3.1}\n'
    large = Entry(count=300_000, body=line * 300_000)
    entries = [readings(1), large, readings(2), MIXED]
    assert [log.append(entry, NOON) for entry in entries] == [1, 2, 3, 6]
    assert values(log) == [entry.body for entry in entries]
    for after in range(6):
        assert log.read(after)[0].position == after + 1
    log.retention.register("worker", 6, NOON)
    behind_the_first = sum(
        len(getattr(each, "body", b"")) for each in log.read(1, max_bytes=1 << 30)
    )
    assert log.retention.beyond_size(behind_the_first) == 2
    assert log.retention.beyond_size(behind_the_first - 1) == 3
    assert log.retention.trim(3) == 2
    assert [each.position for each in log.read(2)] == [3, 4, 5, 6]


def test_streams_of_another_release_are_left_alone(log: JetStreamLog, nats_url: str) -> None:
    stream = log._stream
    config = stream.wire.ask(f"STREAM.INFO.{stream.id}")["config"]
    config["metadata"]["xiuhua-layout"] = "99"
    stream.wire.ask(f"STREAM.UPDATE.{stream.id}", config)
    with pytest.raises(ForeignLayout, match="layout 99; this release reads layout 1"):
        open_reader(nats_url)


def test_a_cluster_that_is_not_there_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xiuhua.log.jetstream.wire.PATIENCE", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"nats://anna:secret@127.0.0.1:{taken.getsockname()[1]}/none"
        with pytest.raises(Refused, match=r"NATS cannot be reached.*Try again") as away:
            open_reader(url)
    assert not away.value.permanent
    assert "secret" not in str(away.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nats:///log", "a host is missing"),
        ("nats://a:4222,/log", "a host is missing"),
        ("nats://a/my.log", "letters, digits"),
        ("nats://a/log?replicas=2", "replicas is 1, 3 or 5"),
        ("nats://a/log?cred=x", "cred is not known"),
    ],
)
def test_an_address_that_cannot_be_read_says_why(url: str, says: str) -> None:
    with pytest.raises(NotAnAddress, match=says):
        open_reader(url)


def test_an_address_names_servers_stream_and_files() -> None:
    found = address.parse("tls://a:1,b:2/log?creds=/k/c.creds&ca=/k/ca.pem&replicas=1")
    assert found.servers == ("tls://a:1", "tls://b:2")
    assert (found.name, found.replicas, found.tls) == ("log", 1, True)
    assert str(found.creds) == "/k/c.creds"
    assert address.parse("nats://a").name == "xiuhua"
