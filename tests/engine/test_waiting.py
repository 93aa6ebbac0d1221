"""Waiting, sorting and copies, held against the plain way of doing each."""

from __future__ import annotations

from collections import deque
from dataclasses import fields
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine.columns import Rows
from xiuhua.engine.waiting import REMEMBERED, Clock, WaitingRoom
from xiuhua.kinds import Field, Kind

SLOTS = 3


def kind(span: int) -> Kind:
    number = Field(name="level", type="number", zh="位", en="Level")
    return Kind(code="w", zh="等", en="Wait", fields=(number,), interval=None,
                reorder=timedelta(milliseconds=span))  # fmt: skip


class Plain:
    """A waiting room of lists: what the real one must do."""

    def __init__(self, span: int) -> None:
        self.span = span
        self.newest = [0] * SLOTS
        self.memory = [deque[int](maxlen=REMEMBERED) for _ in range(SLOTS)]
        self.inside: list[dict[str, int]] = []
        self.copies = 0

    def enter(self, rows: list[dict[str, int]]) -> list[dict[str, int]]:
        late = []
        for row in rows:
            newest = self.newest[row["slot"]]
            if row["arrival"] - row["time"] > self.span and row["time"] < newest:
                late.append(row)
            else:
                self.inside.append(row)
            self.newest[row["slot"]] = max(newest, row["time"])
        return late

    def release(self, records: list[tuple[int, int]]) -> list[dict[str, int]]:
        due = [row for row in self.inside if row["now"] <= records[-1][1]]
        self.inside = [row for row in self.inside if row["now"] > records[-1][1]]
        for row in due:
            first = next(position for position, at in records if at >= row["now"])
            row["position"] = max(row["position"], first)
        due.sort(key=lambda r: (r["position"], r["time"], r["slot"], r["digest"]))
        return [row for row in due if self._fresh(row)]

    def _fresh(self, row: dict[str, int]) -> bool:
        memory = self.memory[row["slot"]]
        if row["digest"] in memory:
            self.copies += 1
            return False
        memory.append(row["digest"])
        return True


def columns(rows: list[dict[str, int]]) -> Rows:
    short = {"slot", "line"}
    made = {
        f.name: np.array([row[f.name] for row in rows], np.int32 if f.name in short else np.int64)
        for f in fields(Rows)
        if f.name != "values"
    }
    return Rows(**made, values=np.array([[float(row["digest"]) for row in rows]]))


def listed(rows: Rows) -> list[dict[str, int]]:
    assert rows.values.tolist() == [rows.digest.tolist()]
    names = [f.name for f in fields(Rows) if f.name != "values"]
    found = zip(*(getattr(rows, name).tolist() for name in names), strict=True)
    return [dict(zip(names, row, strict=True)) for row in found]


stretches = st.lists(  # of records: (what log time goes on by, readings: slot, age, digest)
    st.lists(
        st.tuples(
            st.sampled_from((0, 1, 20, 90, 400)),
            st.lists(
                st.tuples(st.integers(0, SLOTS - 1), st.integers(0, 260), st.integers(1, 12)),
                max_size=40,
            ),
        ),
        min_size=1,
        max_size=6,
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(span=st.sampled_from((0, 100)), log=stretches)
def test_a_waiting_room_does_what_a_plain_one_does(
    span: int, log: list[list[tuple[int, list[tuple[int, int, int]]]]]
) -> None:
    room, plain = WaitingRoom(kind(span)), Plain(span)
    room.grow(SLOTS)
    at, position = 1000, 0
    for stretch in log:
        records, rows = [], []
        for more, readings in stretch:
            at, position = at + more, position + 1
            records.append((position, at))
            rows += [
                {"slot": slot, "time": at - age, "arrival": at, "now": max(at, at - age + span),
                 "position": position, "line": line, "digest": digest}
                for line, (slot, age, digest) in enumerate(readings)
            ]  # fmt: skip
        assert listed(room.enter(columns(rows))) == plain.enter(rows)
        clock = Clock(*(np.array(part, np.int64) for part in zip(*records, strict=True)))
        assert listed(room.release(clock)) == plain.release(records)
        assert listed(room.rows) == plain.inside
        assert room.copies == plain.copies


@given(data=st.data(), count=st.integers(0, 12))
def test_rows_are_taken_by_index_and_by_mask(data: st.DataObject, count: int) -> None:
    numbers = st.fixed_dictionaries(
        {f.name: st.integers(0, 99) for f in fields(Rows) if f.name != "values"}
    )
    rows = data.draw(st.lists(numbers, min_size=count, max_size=count))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), np.bool_)
    assert listed(columns(rows).take(mask)) == [rows[i] for i in np.flatnonzero(mask)]
    which = data.draw(st.lists(st.integers(0, count - 1), max_size=20)) if count else []
    taken = columns(rows).take(np.array(which, np.int64))
    assert listed(taken) == [rows[i] for i in which]
