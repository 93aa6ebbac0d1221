"""The worker against a scripted crash at every call of its sink: nothing lost, nothing doubled."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engine.book import LOG, smoke
from tests.engine.book import Book as Log
from tests.engine.test_laws import life
from tests.engine.test_threshold import FIRE
from xiuhua.engine import blocks
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import LinkSet, encode
from xiuhua.engine.errors import SnapshotRefused
from xiuhua.engine.records import Control, Data, Millis, Record
from xiuhua.engine.step import State, step
from xiuhua.history.parts import Part
from xiuhua.runners.local import Worker
from xiuhua.runners.ports import Fenced, LastReading, Resume

pytestmark = pytest.mark.usefixtures("lawgate")


class Crash(Exception):
    """The process ends here."""


class Pages:
    """A log that grows page by page, as if the door wrote while the worker reads."""

    def __init__(self, records: Sequence[Record], dice: random.Random) -> None:
        self.records = records
        self.dice = dice

    def read(self, after: int, *, limit: int = 1000, max_bytes: int = 8 << 20) -> list[Record]:
        del limit, max_bytes
        return list(self.records[after : after + self.dice.randint(1, 20)])

    def head(self) -> tuple[int, Millis]:
        return len(self.records), self.records[-1].at

    def name(self) -> str:
        return LOG


class Shelf:
    """An archive that remembers what it was given, part by part."""

    def __init__(self) -> None:
        self.packs: list[Data] = []
        self.named: dict[str, list[Data]] = {}

    def add(self, pack: Data, late: Collection[int] = ()) -> None:
        assert all(0 <= number < pack.count for number in late)
        self.packs.append(pack)

    def flush(self) -> list[Part]:
        if not self.packs:
            return []
        first, last = self.packs[0].position, self.packs[-1].position
        path = f"{first}-{last}"
        self.named[path], self.packs = self.packs, []
        return [Part(path, "", "", "", 1, 1, first, last, 0, 0)]


class Book:
    """A sink with the promises of `AlertSink`, and a crash before or after any of its calls."""

    def __init__(self, crashes: Sequence[int]) -> None:
        self.crashes = set(crashes)
        self.calls = 0
        self.epoch = self.applied = self.snapshot = 0
        self.chunks: dict[str, bytes] = {}
        self.changes: list[AlertChange] = []
        self.parts: list[Part] = []

    def claim(self) -> Resume:
        self.epoch += 1
        return Resume(
            epoch=self.epoch, applied=self.applied, snapshot=self.snapshot, chunks=dict(self.chunks)
        )

    def _moment(self, epoch: int) -> None:
        if epoch != self.epoch:
            raise Fenced
        self.calls += 1
        if self.calls in self.crashes:
            raise Crash

    def commit(self, epoch: int, *, applied: int, at: int, changes: Sequence[AlertChange]) -> None:
        del at
        self._moment(epoch)
        self.changes += [change for change in changes if change.position > self.applied]
        self.applied = max(applied, self.applied)
        self._moment(epoch)

    def seen(self, epoch: int, readings: Sequence[LastReading]) -> None:
        assert readings
        self._moment(epoch)

    def linked(self, epoch: int, broken: Mapping[str, int]) -> None:
        self.broken = broken
        self._moment(epoch)

    def checkpoint(
        self,
        epoch: int,
        *,
        position: int,
        chunks: Mapping[str, bytes | None],
        parts: Sequence[Part],
    ) -> None:
        self._moment(epoch)
        self.snapshot = position
        self.chunks = {k: v for k, v in (self.chunks | dict(chunks)).items() if v is not None}
        self.parts += parts
        self._moment(epoch)


def live(pages: Pages, book: Book) -> dict[str, list[Data]]:
    """Workers one after another, each until its crash, until the log is applied and saved."""
    written: dict[str, list[Data]] = {}
    while True:
        worker = Worker(pages, book, lambda _: Shelf(), lambda _: None)
        try:
            while worker.turn():
                worker.commit([])
                if pages.dice.random() < 0.3:
                    worker.note_seen()
                if pages.dice.random() < 0.3:
                    worker.checkpoint()
            worker.checkpoint()
        except Crash:
            continue
        else:
            return written
        finally:
            written |= worker.archive.named  # type: ignore[attr-defined]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), crashes=st.lists(st.integers(1, 60), max_size=12))
@example(seed=435, crashes=[])  # two records of one log time, on two pages
def test_crashes_change_no_alert_and_no_history(seed: int, crashes: list[int]) -> None:
    records = life(seed, 80).records
    _, expected = step(State(LOG), records)
    book = Book(crashes)
    written = live(Pages(records, random.Random(seed)), book)
    assert book.changes == expected
    history = [pack for part in book.parts for pack in written[part.path]]
    assert history == [record for record in records if isinstance(record, Data)]


def test_a_second_worker_fences_the_first_off() -> None:
    pages, book = Pages(life(1).records, random.Random(1)), Book([])
    first = Worker(pages, book, lambda _: Shelf(), lambda _: None)
    Worker(pages, book, lambda _: Shelf(), lambda _: None)
    with pytest.raises(Fenced):
        first.run(threading.Event())
    assert book.applied == 0


def test_word_of_a_broken_connection_reaches_the_rooms_before_it_is_behind_us() -> None:
    records = life(1).records
    for number, up in enumerate((False, True, False)):
        at = records[-1].at + number
        note = encode(LinkSet((f"d{number // 2}", "d2"), up))
        records.append(Control(records[-1].position + 1, at, f"l{number}", note))
    book = Book([])
    worker = Worker(Pages(records, random.Random(1)), book, lambda _: Shelf(), lambda _: None)
    while worker.turn():
        pass
    worker.checkpoint()
    assert book.broken == {"d0": 0, "d1": records[-1].at, "d2": records[-1].at}


def test_the_log_is_told_what_is_safe_only_after_the_checkpoint() -> None:
    pages, book = Pages(life(1).records, random.Random(1)), Book([])
    safe: list[int] = []
    worker = Worker(pages, book, lambda _: Shelf(), safe.append)
    worker.turn()
    assert safe == []
    worker.checkpoint()
    assert safe == [book.snapshot] == [worker.state.position]


def test_how_far_the_log_is_applied_is_told_though_nothing_comes_after() -> None:
    log = Log().devices(smoke(0)).tick(at=1000)
    pages, book = Pages(log.records, random.Random(1)), Book([])
    worker = Worker(pages, book, lambda _: Shelf(), lambda _: None)
    worker._commit.every = math.inf
    while worker.turn():
        pass
    assert book.applied == 0
    worker._commit.every = 0.0
    assert worker.turn() == 0
    assert book.applied == len(log.records)


def test_a_snapshot_of_another_log_is_refused() -> None:
    pages, book = Pages(life(1).records, random.Random(1)), Book([])
    Worker(pages, book, lambda _: Shelf(), lambda _: None).checkpoint()
    pages.name = lambda: LOG.replace("1", "2")  # type: ignore[method-assign]
    with pytest.raises(SnapshotRefused, match="belong together"):
        Worker(pages, book, lambda _: Shelf(), lambda _: None)


class Scales(Book):
    """A sink that weighs each checkpoint."""

    def __init__(self) -> None:
        super().__init__([])
        self.weights: list[int] = []

    def checkpoint(self, epoch: int, *, chunks: Mapping[str, bytes | None], **more: Any) -> None:
        self.weights.append(sum(len(body or b"") for body in chunks.values()))
        super().checkpoint(epoch, chunks=chunks, **more)


def test_a_checkpoint_after_little_change_writes_little() -> None:
    """Three blocks of devices: what only the clock changed is next to nothing, one reading costs
    its own block, and a worker that took over writes no more than the one before it."""
    many = range(2 * blocks.SIZE + 1)
    log = Log().devices(*(smoke(n) for n in many)).rules(FIRE)
    log.pack(*({"device": smoke(n).id, "time": 1000, "obscuration": 0.01} for n in many), at=1000)
    pages, sink = Pages(log.records, random.Random(1)), Scales()

    def save(worker: Worker) -> int:
        while worker.turn():
            pass
        worker.checkpoint()
        return sink.weights[-1]

    worker = Worker(pages, sink, lambda _: Shelf(), lambda _: None)
    whole = save(worker)
    log.tick(at=2000)
    assert save(worker) < whole / 100
    log.pack({"device": smoke(0).id, "time": 3000, "obscuration": 0.02}, at=3000)
    one_block = save(worker)
    assert one_block < whole / 2
    worker = Worker(pages, sink, lambda _: Shelf(), lambda _: None)
    log.tick(at=4000)
    assert save(worker) < whole / 100
