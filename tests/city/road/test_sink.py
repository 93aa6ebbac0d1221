"""The worker's sink: one worker at a time, nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from tests.engine.book import LOG, Book
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.alerts.models import Alert
from xiuhua.city.cases.models import Case
from xiuhua.city.devices import queries as devices
from xiuhua.city.devices.commands import NewDevice, put_devices
from xiuhua.city.manifest import Manifest
from xiuhua.city.road import sink as sinks
from xiuhua.city.road.models import Chunk, Progress
from xiuhua.city.road.queries import standing
from xiuhua.city.rules import commands as rules
from xiuhua.engine.changes import AlertChange, Evidence, What
from xiuhua.engine.control import Device
from xiuhua.engine.rules import default_rules, parse
from xiuhua.engine.step import State, step
from xiuhua.history.parts import Part
from xiuhua.runners.ports import Fenced, LastReading

pytestmark = pytest.mark.django_db

T0 = 1_790_000_000_000
DEVICE = NewDevice(
    id="tl04-smoke-0007", kind="smoke", site="tl04", place="tl04-b031-0402",
    lon=121.43, lat=31.17, zh="402室烟感", en="Smoke 402",
)  # fmt: skip


def change(
    position: int,
    *,
    alert: int = 0,
    seq: int = 1,
    what: What = "raised",
    rule: str = "smoke-fire",
) -> AlertChange:
    return AlertChange(
        id=f"00000000-0000-5000-8000-{alert or position:012d}", seq=seq, what=what,
        rule=rule, version=1, subject=DEVICE.id, device=DEVICE.id, place=DEVICE.place, site="tl04",
        level="serious", start=T0, time=T0 + position, position=position,
        evidence=Evidence(values={"obscuration": 0.2}, since=T0), zh="烟雾。", en="Smoke.",
    )  # fmt: skip


def part(path: str, *, kind: str = "smoke", since: int = 100, until: int = 200) -> Part:
    return Part(
        path=path, day="2026-03-09", site="tl04", kind=kind, rows=1, bytes=1, first_position=1,
        last_position=2, since=since, until=until,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def house(db: None, now: datetime) -> None:
    put_devices(devices=[DEVICE])
    rules.install(rules=default_rules(), now=now)


@pytest.fixture
def sink() -> sinks.Sink:
    return sinks.Sink()


def raised() -> list[str]:
    return [str(alert.id)[-2:] for alert in Alert.objects.order_by("id")]


def commit(sink: sinks.Sink, epoch: int, applied: int, changes: Sequence[AlertChange] = ()) -> None:
    sink.commit(epoch, applied=applied, at=T0 + applied, changes=changes)


def test_a_first_start_has_nothing_to_resume(sink: sinks.Sink) -> None:
    resume = sink.claim()
    assert (resume.epoch, resume.applied, resume.snapshot, resume.chunks) == (1, 0, 0, {})


def test_a_batch_told_twice_counts_once(sink: sinks.Sink) -> None:
    epoch = sink.claim().epoch
    commit(sink, epoch, 20, [change(11), change(12)])
    commit(sink, epoch, 20, [change(11), change(12)])
    commit(sink, epoch, 15, [change(13)])  # folding again from the snapshot, not yet caught up
    commit(sink, epoch, 30, [change(12), change(21)])
    assert raised() == ["11", "12", "21"]
    assert (standing().applied, standing().at) == (30, T0 + 30)


@pytest.mark.parametrize("method", ["commit", "seen", "checkpoint"])
def test_a_worker_that_was_taken_over_writes_nothing(sink: sinks.Sink, method: str) -> None:
    old = sink.claim().epoch
    commit(sink, old, 10, [change(5)])
    new = sinks.Sink().claim()
    assert (new.epoch, new.applied) == (old + 1, 10)
    calls = {
        "commit": lambda epoch: commit(sink, epoch, 20, [change(15)]),
        "seen": lambda epoch: sink.seen(epoch, [reading(1)]),
        "checkpoint": lambda epoch: sink.checkpoint(
            epoch, position=9, chunks={"a": b"x"}, parts=[part("p")]
        ),
    }
    with pytest.raises(Fenced):
        calls[method](old)
    held = (raised(), Chunk.objects.count(), Manifest().parts(), standing().applied)
    assert held == (["05"], 0, [], 10)
    assert devices.states()[0].arrival == 0
    calls[method](new.epoch)  # the same call is good from the one who holds the epoch


def test_a_device_stands_as_its_gravest_alert_says(sink: sinks.Sink) -> None:
    epoch = sink.claim().epoch
    sink.seen(epoch, [reading(1)])
    commit(sink, epoch, 11, [change(1, rule="smoke-silent"), change(2)])
    assert devices.counts()["serious"] == 1
    commit(sink, epoch, 12, [change(12, alert=2, seq=2, what="cleared")])
    assert devices.counts()["silent"] == 1
    commit(sink, epoch, 13, [change(13, alert=1, rule="smoke-silent", seq=2, what="cleared")])
    assert devices.counts()["well"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_as_one(sink: sinks.Sink) -> None:
    """Each claims and writes on as long as it may; what stands is each batch once, in order."""

    def work() -> int:
        own, written = sinks.Sink(), 0
        try:
            resume = own.claim()
            for position in range(resume.applied + 1, 31):
                commit(own, resume.epoch, position, [change(position)])
                written += 1
        except Fenced:
            pass
        connection.close()
        return written

    with ThreadPoolExecutor(2) as pool:
        written = [future.result() for future in [pool.submit(work), pool.submit(work)]]
    assert sum(written) == 30 == standing().applied
    assert raised() == [f"{position:02d}" for position in range(1, 31)]


def test_a_worker_that_never_claimed_is_fenced(sink: sinks.Sink) -> None:
    with pytest.raises(Fenced):
        commit(sink, 0, 1)
    assert not Progress.objects.exists()


def test_state_comes_back_whole_whatever_its_size(sink: sinks.Sink) -> None:
    epoch = sink.claim().epoch
    big = bytes(range(256)) * (4096 * 2 + 1)  # two pieces and a bit
    sink.checkpoint(epoch, position=7, chunks={"big": big, "empty": b"", "gone": b"g"}, parts=[])
    sink.checkpoint(epoch, position=9, chunks={"gone": None, "new": b"n"}, parts=[])
    resume = sink.claim()
    assert resume.snapshot == 9
    assert resume.chunks == {"big": big, "empty": b"", "new": b"n"}
    sizes = Chunk.objects.filter(name="big").order_by("piece").values_list("body", flat=True)
    assert [len(body) for body in sizes] == [sinks.PIECE, sinks.PIECE, 256]


def test_history_is_readable_once_it_is_checkpointed(sink: sinks.Sink) -> None:
    epoch = sink.claim().epoch
    parts = [part("a"), part("b", kind="arc"), part("c", since=300, until=400)]
    sink.checkpoint(epoch, position=1, chunks={}, parts=parts)
    sink.checkpoint(epoch, position=1, chunks={}, parts=parts[:1])  # again after a crash
    found = Manifest()
    assert found.parts() == [parts[1], parts[0], parts[2]]
    assert found.parts(kind="smoke", since=201) == [parts[2]]
    assert found.parts(kind="smoke", site="tl04", until=299) == [parts[0]]
    assert found.parts(since=200, until=300, kind="smoke") == [parts[0], parts[2]]
    assert found.parts(site="tl05") == []


def reading(arrival: int) -> LastReading:
    line = b'{"device":"tl04-smoke-0007","time":1,"obscuration":0.0%d}' % arrival
    return LastReading(device=DEVICE.id, time=1, arrival=arrival, line=line)


def test_the_newest_reading_stays(sink: sinks.Sink) -> None:
    epoch = sink.claim().epoch
    sink.seen(epoch, [reading(5)])
    sink.seen(epoch, [reading(3)])
    device = devices.one(DEVICE.id)
    assert device is not None
    assert (device.state.arrival, device.state.line) == (5, reading(5).line.decode())
    sink.seen(epoch, [reading(9)])
    assert devices.states()[0].arrival == 9


GATHERING = """
[[rule]]
id = "camera-many"
kind = "camera"
zh = "多处聚集"
en = "Gatherings"
case = "crowd"
sentence.zh = "画面中有 {people} 人。"
sentence.en = "{people} people in the picture."
[rule.storm]
at_least = 3
within = "10m"
at = "site"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "people >= 7"
"""


def gathering(count: int = 4) -> Book:
    """A log in which so many cameras of a compound see a crowd, one a second, and then none."""
    names = [f"tl04-camera-{n}" for n in range(count)]
    log = Book().rules(GATHERING)
    log.devices(*(Device(name, "camera", "tl04", f"tl04-gate-{name[-1]}") for name in names))
    for people in (9, 0):
        for n, name in enumerate(names):
            log.pack({"device": name, "people": people}, at=(9 - people) * 1000 + n * 1000)
        log.tick(at=(9 - people) * 1000 + 5000)
    return log


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_what_the_engine_says_of_a_storm_is_one_matter_however_it_is_cut(
    sink: sinks.Sink, now: datetime, batch: int
) -> None:
    rules.install(rules=parse(GATHERING), now=now)
    log, epoch, state = gathering(), sink.claim().epoch, State(LOG)
    put_devices(devices=[
        NewDevice(id=f"tl04-camera-{n}", kind="camera", site="tl04", place=f"tl04-gate-{n}",
                  lon=121.4, lat=31.2, zh="", en="")
        for n in range(4)
    ])  # fmt: skip
    most = {"listed": 0, "up": 0}
    for start in range(0, len(log.records), batch):
        state, changes = step(state, log.records[start : start + batch])
        commit(sink, epoch, state.position, changes)
        listed = [row for row in alerts.current(children=False) if row["children"]]
        most["listed"] = max(most["listed"], len(listed))
        most["up"] = max(most["up"], devices.counts()["serious"])
    assert most == ({"listed": 1, "up": 4} if batch < 100 else {"listed": 0, "up": 0})
    whole = Alert.objects.get(parent=None, children__gt=0)
    assert (whole.subject, whole.children, whole.status) == ("tl04", 3, "cleared")
    assert alerts.belonging([whole.id]) == {whole.id: (4, 0)}
    assert Case.objects.filter(alert=whole.id).count() == 1
    assert Case.objects.count() == 3, "two were open before anybody could know"
    assert devices.counts()["serious"] == 0
