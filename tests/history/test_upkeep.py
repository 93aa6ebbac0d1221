"""Small parts become few, old ones go on time, and no reading is lost or doubled on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.history.conftest import DAY, DOOR, HOUR, NOON, OTHER_SMOKE, SMOKE, Past, reading
from xiuhua.history import compact as compacting
from xiuhua.history.compact import compact, due
from xiuhua.history.manifest_file import ManifestFile
from xiuhua.history.parts import Part
from xiuhua.history.retention import expired, sweep
from xiuhua.history.upkeep import GRACE, keep_up

LONG_AFTER = 4 * 10**12
"""Beyond any file's own time, ms."""


def fill(past: Past, checkpoints: int, *, at: int = NOON) -> None:
    """Let two devices of one site and one of another speak, with a checkpoint after each time."""
    for number in range(checkpoints):
        time = at + number
        past.add(reading(SMOKE, time, battery=3.0), reading(DOOR, time, event="open"), at=time)
        past.add(reading(OTHER_SMOKE, time - HOUR, battery=2.5), at=time, late=(0,))
        past.checkpoint()


def compact_all(past: Past, now: int) -> list[Part]:
    """Compact as the worker does; returns the parts replaced."""
    gone = []
    for group in due(past.manifest.parts(), now):
        past.manifest.replace([compact(past.root, group)], group)
        gone += group
    return gone


def everything(past: Past, kind: str) -> list[tuple[object, ...]]:
    return past.history.scan(kind).collect().sort("position", "device", "time").rows()


def test_a_day_that_has_ended_becomes_one_part_of_each_kind_and_site(past: Past) -> None:
    fill(past, 3)
    before = {kind: everything(past, kind) for kind in ("smoke", "door")}
    gone = compact_all(past, NOON + DAY)
    assert len(gone) == 9
    named = past.manifest.parts()
    assert [(p.kind, p.site, p.rows) for p in named] == [
        ("door", "tl04", 3),
        ("smoke", "tl01", 3),
        ("smoke", "tl04", 3),
    ]
    assert [(p.first_position, p.last_position) for p in named] == [(1, 5), (2, 6), (1, 5)]
    assert sweep(past.root, past.manifest.parts(), LONG_AFTER) == len(gone)
    assert {kind: everything(past, kind) for kind in ("smoke", "door")} == before
    assert due(past.manifest.parts(), NOON + DAY) == []


def test_the_running_day_is_left_alone_until_it_has_many_parts(past: Past) -> None:
    fill(past, 4)
    assert due(past.manifest.parts(), NOON + HOUR) == []
    assert [len(group) for group in due(past.manifest.parts(), NOON, running=4)] == [4, 4, 4]


def test_compacting_again_after_a_crash_makes_the_same_file(past: Past) -> None:
    fill(past, 3)
    groups = due(past.manifest.parts(), NOON + DAY)
    first = [compact(past.root, group) for group in groups]
    assert [compact(past.root, group) for group in groups] == first


def test_no_part_grows_beyond_what_fits_into_memory(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "MOST_ROWS", 2)
    fill(past, 5)
    compact_all(past, NOON + DAY)
    assert [part.rows for part in past.manifest.parts(kind="door")] == [2, 2, 1]


def test_a_damaged_part_is_not_compacted_away(
    past: Past, damage: Callable[[Part, int], None]
) -> None:
    fill(past, 2)
    broken = past.manifest.parts(kind="door")[0]
    damage(broken, 50)
    done = keep_up(past.root, past.manifest, NOON + DAY, {})
    assert done.compacted == 4
    assert [error.part for error in done.unreadable] == [broken]
    assert len(past.manifest.parts(kind="door")) == 2
    assert len(past.manifest.parts(kind="smoke")) == 2


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.integers(0, 3 * 24), min_size=1, max_size=4), max_size=8), st.data())
def test_compacting_changes_no_answer(
    tmp_path_factory: pytest.TempPathFactory, packs: list[list[int]], data: st.DataObject
) -> None:
    past = Past(tmp_path_factory.mktemp("history"))
    for hours in packs:
        lines = [reading(SMOKE, NOON + h * HOUR, battery=float(h)) for h in hours]
        past.add(*lines, at=NOON + max(hours) * HOUR)
        if data.draw(st.booleans()):
            past.checkpoint()
    past.checkpoint()
    span = NOON - DAY, NOON + 5 * DAY
    before = everything(past, "smoke"), past.history.readings(SMOKE, *span)
    gone = compact_all(past, NOON + data.draw(st.integers(0, 5)) * DAY)
    assert sweep(past.root, past.manifest.parts(), LONG_AFTER) == len(gone)
    assert everything(past, "smoke") == before[0]
    assert past.history.readings(SMOKE, *span).equals(before[1])


def test_parts_expire_by_kind_when_their_days_are_over(past: Past) -> None:
    for day in range(4):
        fill(past, 1, at=NOON + day * DAY)
    parts = past.manifest.parts()
    gone = expired(parts, NOON + 3 * DAY, {"door": 1, "smoke": 2})
    assert [(part.kind, part.day) for part in gone] == [
        ("door", "2025-11-23"),
        ("smoke", "2025-11-23"),
        ("smoke", "2025-11-23"),
        ("door", "2025-11-24"),
    ]
    assert expired(parts, NOON + 900 * DAY, {}) == []


def test_a_part_expires_at_shanghais_midnight(past: Past) -> None:
    fill(past, 1)
    midnight = NOON + 12 * HOUR
    assert expired(past.manifest.parts(), midnight - 1, {"door": 0}) == []
    assert len(expired(past.manifest.parts(), midnight, {"door": 0})) == 1


def test_orphans_of_a_crash_are_swept_when_they_are_old(past: Past) -> None:
    fill(past, 1)
    past.add(reading(DOOR, NOON, event="card", card="7f3a"))
    (orphan,) = past.writer.flush()
    unfinished = (past.root / orphan.path).with_suffix(".unfinished")
    unfinished.write_bytes(b"half")
    for path in past.root.rglob("*-*"):
        os.utime(path, (NOON / 1000, NOON / 1000))
    assert sweep(past.root, past.manifest.parts(), NOON) == 0
    assert sweep(past.root, past.manifest.parts(), NOON + 1) == 2
    assert not (past.root / orphan.path).exists()
    assert len(everything(past, "door")) == 1


def test_a_manifest_file_is_read_by_others_as_it_changes(past: Past) -> None:
    fill(past, 1)
    other = ManifestFile(past.root / "manifest.json")
    assert other.parts() == past.manifest.parts()
    fill(past, 1, at=NOON + DAY)
    assert len(other.parts()) == 6
    past.manifest.add(other.parts())
    assert len(other.parts()) == 6


def test_a_manifest_file_knows_the_parts_of_a_time_kind_and_site(tmp_path: Path) -> None:
    manifest = ManifestFile(tmp_path / "manifest.json")
    assert manifest.parts() == []
    part = Part("a", "2025-11-23", "tl04", "smoke", 2, 9, 1, 2, since=NOON, until=NOON + 10)
    manifest.add([part])
    assert manifest.parts(kind="smoke", site="tl04", since=NOON + 10, until=NOON) == [part]
    assert manifest.parts(kind="door") == []
    assert manifest.parts(site="tl01") == []
    assert manifest.parts(since=NOON + 11) == []
    assert manifest.parts(until=NOON - 1) == []


def test_upkeep_compacts_first_and_deletes_what_it_replaced_a_run_later(past: Past) -> None:
    fill(past, 3)
    truth = everything(past, "door")
    files = list(past.root.rglob("*.parquet"))
    assert keep_up(past.root, past.manifest, LONG_AFTER, {}) == (0, 0, 9, [])
    assert all(path.exists() for path in files)
    assert keep_up(past.root, past.manifest, LONG_AFTER, {}) == (9, 0, 0, [])
    assert not any(path.exists() for path in files)
    assert everything(past, "door") == truth


def test_upkeep_ends_what_has_had_its_days_at_once(past: Past) -> None:
    fill(past, 1)
    assert keep_up(past.root, past.manifest, NOON + 31 * DAY, {"door": 30}).expired == 1
    assert not list(past.root.glob("kind=door/*/*/*"))
    assert everything(past, "door") == []
    assert len(everything(past, "smoke")) == 2


def test_upkeep_leaves_alone_what_a_checkpoint_may_be_about_to_name(past: Past) -> None:
    past.add(reading(DOOR, NOON, event="open"))
    (part,) = past.writer.flush()
    written = int((past.root / part.path).stat().st_mtime * 1000)
    assert keep_up(past.root, past.manifest, written + GRACE - 1000, {}).swept == 0
    past.manifest.add([part])
    assert keep_up(past.root, past.manifest, written + 2 * GRACE, {}).swept == 0
