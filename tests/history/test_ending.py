"""What ends leaves the manifest first and then the disk; what is on hold does not; a kill -9 in
between leaves nothing that the next run does not put right."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.history.conftest import DAY, NOON, SMOKE, Past, reading
from xiuhua.history.ending import Held, Why, end
from xiuhua.history.errors import PartDamaged
from xiuhua.history.upkeep import GRACE, keep_up

OTHER = "tl04-smoke-0008"
TERM = Why("term", "", "1 day")
LATER = NOON + 40 * DAY
FOR_EVER = "2000-01-01", "2100-01-01"


@pytest.fixture
def two(past: Past) -> Past:
    """One part with four readings of two devices, and one of the day after."""
    past.add(reading(SMOKE, NOON, battery=3.0), reading(OTHER, NOON, battery=2.0))
    past.add(reading(SMOKE, NOON + 1, battery=3.1), reading(OTHER, NOON + 1, battery=2.1))
    past.checkpoint()
    past.add(reading(SMOKE, NOON + DAY, battery=3.2), at=NOON + DAY)
    past.checkpoint()
    return past


def devices(past: Past) -> list[str]:
    return past.history.scan("smoke").collect()["device"].to_list()


def files(past: Past) -> int:
    return len(list(past.root.rglob("*.parquet")))


def test_what_is_on_hold_outlives_its_term_and_goes_when_let_go(two: Past) -> None:
    holds = [Held("smoke", "tl04", "", "2025-11-23", "2025-11-23")]
    done = keep_up(two.root, two.manifest, LATER, {"smoke": 1}, lambda: holds)
    assert (done.expired, files(two)) == (1, 1)
    assert len(devices(two)) == 4
    holds.clear()
    assert keep_up(two.root, two.manifest, LATER, {"smoke": 1}, lambda: holds).expired == 1
    assert files(two) == 0


def test_a_hold_on_one_device_keeps_no_other(two: Past) -> None:
    holds = [Held("smoke", "", OTHER, "2025-11-23", "2025-11-23")]
    for _ in range(2):
        keep_up(two.root, two.manifest, LATER, {"smoke": 1}, lambda: holds)
        assert devices(two) == [OTHER, OTHER]
        assert files(two) == 1


@pytest.mark.parametrize(
    ("hold", "kept"),
    [
        (Held("door", "", "", *FOR_EVER), 0),
        (Held("", "tl01", "", *FOR_EVER), 0),
        (Held("", "", "", "2025-11-24", "2025-11-24"), 1),
        (Held("", "", "", *FOR_EVER), 5),
        (Held("smoke", "", "tl04-smoke-0099", *FOR_EVER), 0),
    ],
)
def test_a_hold_is_on_what_it_says(two: Past, hold: Held, kept: int) -> None:
    keep_up(two.root, two.manifest, LATER, {"smoke": 1}, lambda: [hold])
    assert len(devices(two)) == kept


def test_one_device_ends_and_its_neighbours_readings_stay_as_they_were(two: Past) -> None:
    part = two.manifest.parts()[0]
    before = two.history.readings(OTHER, NOON, NOON + DAY)
    why = Why("request", "wen", "asked on paper", SMOKE)
    assert end(two.root, two.manifest, part, why) == 2
    assert two.history.readings(OTHER, NOON, NOON + DAY).equals(before)
    assert not (two.root / part.path).exists()
    left = two.manifest.parts()[0]
    assert end(two.root, two.manifest, left, why) == 0
    assert two.manifest.parts()[0] == left


def test_a_hold_goes_before_a_request(two: Past) -> None:
    part = two.manifest.parts()[0]
    why = Why("request", "wen", "asked on paper", SMOKE)
    assert end(two.root, two.manifest, part, why, [Held("", "", SMOKE, *FOR_EVER)]) == 0
    assert end(two.root, two.manifest, part, why, [Held("", "", OTHER, *FOR_EVER)]) == 2


def test_a_damaged_part_is_not_written_anew(two: Past) -> None:
    part = two.manifest.parts()[0]
    (two.root / part.path).write_bytes(b"x" * part.bytes)
    with pytest.raises(PartDamaged):
        end(two.root, two.manifest, part, Why("request", "wen", "asked", SMOKE))
    assert two.manifest.parts()[0] == part


KILLED = """
import os, signal, sys
from pathlib import Path
from xiuhua.history import ending, upkeep
from xiuhua.history.ending import Held
from xiuhua.history.manifest_file import ManifestFile

root, where, now = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)

manifest = ManifestFile(root / "manifest.json")
if where == "before the manifest":
    manifest.end = die
else:
    Path.unlink = die
hold = [Held("smoke", "", "tl04-smoke-0008", "2000-01-01", "2100-01-01")]
upkeep.keep_up(root, manifest, now, {"smoke": 1}, lambda: hold)
"""


@pytest.mark.parametrize("where", ["before the manifest", "before the file"])
def test_a_kill_in_the_middle_leaves_nothing_behind(two: Past, where: str) -> None:
    """With a part that is written anew for a hold, so that a new file and an old one are about."""
    command = [sys.executable, "-c", KILLED, str(two.root), where, str(LATER)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert files(two) == 3
    assert OTHER in devices(two)
    now = _after(two.root.rglob("*.parquet"))
    hold = [Held("smoke", "", OTHER, *FOR_EVER)]
    keep_up(two.root, two.manifest, now, {"smoke": 1}, lambda: hold)
    keep_up(two.root, two.manifest, now, {"smoke": 1}, lambda: hold)
    assert devices(two) == [OTHER, OTHER]
    assert [two.root / part.path for part in two.manifest.parts()] == list(
        two.root.rglob("*.parquet")
    )


def _after(paths: Iterable[Path]) -> int:
    """A moment at which all files are old enough to be swept."""
    return int(max(path.stat().st_mtime for path in paths) * 1000) + GRACE + 1000
