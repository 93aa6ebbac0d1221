"""Any life of a log, drawn by Hypothesis, against a plain list of what it should hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.log.entries import NOON, readings, rejected
from tests.support.nats import Cluster
from xiuhua.engine.records import Control, Data, Record, Tick
from xiuhua.log.base import Entry
from xiuhua.log.database import open_log
from xiuhua.log.errors import Trimmed

times = st.integers(NOON - 5000, NOON + 5000)
positions = st.integers(0, 40)


class LogsLife(RuleBasedStateMachine):
    """`records` is all that was ever written, `trimmed` how many of them have gone."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.log = open_log(where)
        self.records: list[Record] = []
        self.known: set[str] = set()
        self.readers: dict[str, int] = {}
        self.trimmed = 0
        self.rejected = 0

    @rule(
        now=times,
        values=st.lists(st.integers(0, 9), max_size=3),
        controls=st.lists(st.sampled_from("abcdef"), max_size=3),
        refused=st.integers(0, 2),
    )
    def append(self, now: int, values: list[int], controls: list[str], refused: int) -> None:
        pack = readings(*values)
        changes = [(name, name.encode()) for name in controls]
        entry = Entry(pack.count, pack.body, changes, [rejected()] * refused)
        at = max(now, self.records[-1].at if self.records else 0)
        for name in controls:
            if name not in self.known:
                self.known.add(name)
                self.records.append(Control(len(self.records) + 1, at, name, name.encode()))
        if values:
            self.records.append(Data(len(self.records) + 1, at, pack.count, pack.body))
        if not (values or controls or refused):
            self.records.append(Tick(len(self.records) + 1, at))
        self.rejected += refused
        assert self.log.append(entry, now) == len(self.records)

    @rule(after=positions, limit=st.integers(1, 5), max_bytes=st.integers(1, 400))
    def read(self, after: int, limit: int, max_bytes: int) -> None:
        if after < self.trimmed:
            with pytest.raises(Trimmed):
                self.log.read(after, limit=limit, max_bytes=max_bytes)
            return
        found = self.log.read(after, limit=limit, max_bytes=max_bytes)
        assert found == self.records[after : after + len(found)]
        assert bool(found) == (after < len(self.records))
        assert len(found) <= limit
        assert len(found) <= 1 or sum(len(getattr(r, "body", b"")) for r in found) <= max_bytes

    @rule(name=st.sampled_from(["worker", "replay"]), position=positions)
    def register(self, name: str, position: int) -> None:
        if position < self.trimmed:
            with pytest.raises(Trimmed):
                self.log.retention.register(name, position, NOON)
            return
        self.readers[name] = position
        self.log.retention.register(name, position, NOON)

    @rule(before=positions, chunk=st.integers(1, 4))
    def trim(self, before: int, chunk: int) -> None:
        safe = min(self.readers.values(), default=0)
        last = max(self.trimmed, min(before - 1, safe, len(self.records)))
        assert self.log.retention.trim(before, chunk=chunk) == last - self.trimmed
        self.trimmed = last

    @rule()
    def reopen(self) -> None:
        older, self.log = self.log, open_log(self.where)
        assert older.name() == self.log.name()
        older.close()

    @invariant()
    def head_and_rejected_fit(self) -> None:
        newest = self.records[-1].at if self.records else 0
        assert self.log.head() == (len(self.records), newest)
        assert len(self.log.rejected.find()) == self.rejected

    def teardown(self) -> None:
        self.log.close()


def live(fresh: Callable[[], str], examples: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: LogsLife(fresh()), settings=chosen)


def test_any_life_of_a_log_in_sqlite(tmp_path: Path) -> None:
    live(lambda: str(tmp_path / f"{uuid4().hex}.db"), 25)


def test_any_life_of_a_log_on_nats(nats_cluster: Cluster) -> None:
    live(nats_cluster.url, 4)


def test_any_life_of_a_log_in_postgresql(postgres_url: str) -> None:
    def fresh() -> str:
        tables = "log_head, log_record, log_control, log_reader, log_rejected"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"DROP TABLE IF EXISTS {tables}".encode())
        return postgres_url

    live(fresh, 10)
