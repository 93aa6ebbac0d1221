"""A bridge beside a real broker and our real door, in one process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pysqlite3.dbapi2 as sqlite3
import pytest

from tests.gateway.support.house import FixedLedger, lines_in
from tests.gateway.support.people import GATEWAY, SECRET
from tests.gateway.support.process import gateway
from tests.support.waiting import PATIENCE, eventually
from xiuhua.bridge import config, run, status
from xiuhua.bridge.arrived import First
from xiuhua.bridge.journal import Delivery, Journal
from xiuhua.log.database import open_reader

from .broker import PASSWORD, Broker
from .certificates import Authority


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR", SECRET)
    monkeypatch.setenv("BROKER", PASSWORD)
    monkeypatch.setattr(status, "EVERY", 0.05)


def bridge(folder: Path, broker: Broker, door: int, more: str = "") -> config.Bridge:
    file = folder / "bridge.toml"
    file.write_text(
        f'name = "estate"\n[door]\nport = {door}\nuser = "{GATEWAY}"\npassword_env = "DOOR"\n'
        f'[source]\ntype = "mqtt"\nhost = "127.0.0.1"\nport = {broker.port}\nuser = "estate"\n'
        f'password_env = "BROKER"\n{more}\n'
        '[[topic]]\npattern = "e/{c}/{k}/{n}"\ndevice = "{c}-{k}-{n}"\n'
    )
    return config.read(file)


@contextmanager
def running(known: config.Bridge, home: Path) -> Iterator[Callable[[], status.Status]]:
    """The bridge in a thread; gives what its status is once it has one."""
    stop = threading.Event()
    thread = threading.Thread(target=run.run, args=(known, home, stop), daemon=True)
    thread.start()
    try:
        yield lambda: eventually(lambda: next(status.read_all(home), None))
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize("version", [3, 5])
async def test_messages_come_in_and_what_is_refused_is_kept(
    tmp_path: Path, broker: Broker, version: int
) -> None:
    client = broker.client("publisher")
    client.loop_start()
    log, home = tmp_path / "log.db", tmp_path / "bridges"
    async with gateway(log, FixedLedger()) as (_, ports):
        known = bridge(tmp_path, broker, ports["mqtt"], f"version = {version}")
        with running(known, home) as heard:
            eventually(lambda: not (heard().source or heard().door))
            client.publish("e/tl04/smoke/0001", b'{"battery":3.0}', qos=1)
            client.publish("e/tl04/smoke/0001", b"on fire", qos=1)
            client.publish("e/tl05/smoke/0001", b'{"battery":3.0}', qos=1)  # another's device
            client.publish("e/tl04/smoke/0001", b'{"battery":2.9}', qos=0)
            eventually(lambda: (heard().taken, heard().refused) == (2, 2))
        assert heard().ended
        assert status.trouble(heard(), heard().at + 10 * status.STALE) == ""
        # What comes while the bridge is away waits at the broker.
        client.publish("e/tl04/smoke/0001", b'{"battery":2.8}', qos=1).wait_for_publish(PATIENCE)
        with running(known, home) as heard:
            eventually(lambda: heard().taken == 1 and not heard().ended)
    client.disconnect()
    client.loop_stop()
    with open_reader(log) as reader:
        assert [json.loads(line)["battery"] for line in lines_in(reader)] == [3.0, 2.9, 2.8]
        assert {kept.message.reason for kept in reader.rejected.find()} == {
            "unreadable",
            "not_yours",
        }


def test_a_broker_or_a_door_that_refuses_us_is_said(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER", "wrong")
    known = bridge(tmp_path, broker, broker.port)  # a door that knows no gateway box of ours
    with running(known, tmp_path / "bridges") as heard:
        eventually(lambda: "the broker refuses us" in heard().source)
        eventually(lambda: "our door refuses us" in heard().door)
        said = status.trouble(heard(), heard().at)
        assert said.startswith("Bridge estate hears nothing from its broker: the broker refuses")
        assert "wrong" not in said
    gone = status.Status("estate", at=0, source="", door="")
    assert status.trouble(gone, 300_000) == "Bridge estate has not been running for 5 min."


def test_a_broker_is_reached_by_tls_with_a_certificate_and_only_if_it_is_the_right_one(
    tmp_path: Path, broker: Broker
) -> None:
    ours, others = (Authority(tmp_path / name) for name in ("ours", "others"))
    broker.stop()
    port = broker.also_tls(ours.ca, *ours.pair("broker"))
    broker.start()
    certificate, key = ours.pair("bridge")
    wanted = ((ours.ca, ""), (others.ca, "not reached: [SSL: CERTIFICATE_VERIFY_FAILED]"))
    for ca, trouble in wanted:
        tls = f'tls = true\nca_file = "{ca}"\ncert_file = "{certificate}"\nkey_file = "{key}"'
        known = bridge(tmp_path, broker, 1, tls)
        assert isinstance(known.source, config.MqttPart)
        known = replace(known, source=msgspec.structs.replace(known.source, port=port))
        home = tmp_path / ca.parent.name / "bridges"
        with running(known, home) as heard:
            eventually(lambda it=trouble: heard().source[: len(it) or None] == it)
            eventually(lambda: "Connection refused" in heard().door)


def test_a_message_delivered_again_keeps_its_first_arrival(tmp_path: Path) -> None:
    first = Delivery(7, again=False, topic="e/1", payload=b"{}", at=100)
    again = Delivery(7, again=True, topic="e/1", payload=b"{}", at=900)
    journal = Journal(tmp_path / "estate.db")
    assert journal.arrivals([first]) == [First(100)]
    journal.close()  # as kill -9 would leave it: what was committed
    journal = Journal(tmp_path / "estate.db")
    assert journal.arrivals([again, again]) == [First(100)] * 2
    other = Delivery(7, again=True, topic="e/1", payload=b'{"x":1}', at=901)
    fresh = Delivery(7, again=False, topic="e/1", payload=b"{}", at=902)
    assert journal.arrivals([other, fresh, again]) == [First(901), First(902), First(902)]
    journal.forget()
    assert journal.arrivals([again]) == [First(900)]
    journal.close()


def test_a_message_that_was_committed_is_known_when_it_is_delivered_again(tmp_path: Path) -> None:
    first = Delivery(7, again=False, topic="e/1", payload=b"{}", at=100)
    again = replace(first, again=True, at=900)
    journal = Journal(tmp_path / "estate.db")
    journal.arrivals([first])
    other = replace(first, packet=8)
    assert journal.arrivals([again, other], [first]) == [First(100, committed=True), First(100)]
    journal.close()
    journal = Journal(tmp_path / "estate.db")
    assert journal.arrivals([again]) == [First(100, committed=True)]
    fresh = replace(first, at=902)  # another message, with the same words and the same packet id
    assert journal.arrivals([fresh]) == [First(902)]
    assert journal.arrivals([again], [replace(first, payload=b"x")]) == [First(902)]
    journal.close()


def test_a_journal_of_an_older_release_goes_on(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "estate.db")
    connection.execute("CREATE TABLE arrived (packet INTEGER PRIMARY KEY, digest BLOB, at INTEGER)")
    again = Delivery(7, again=True, topic="e/1", payload=b"{}", at=900)
    with connection:
        connection.execute("INSERT INTO arrived VALUES (7, ?, 100)", (again.digest,))
    connection.close()
    journal = Journal(tmp_path / "estate.db")
    assert journal.arrivals([again]) == [First(100)]
    assert journal.arrivals([again], [again]) == [First(100, committed=True)]
    journal.close()
