"""`xiuhua history verify`: a sound history passes, and each kind of damage is found and named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.city.archive.conftest import NOW
from xiuhua.city.archive import proofs, verifying
from xiuhua.city.archive.models import Ending, EndingsHead
from xiuhua.city.manifest import HistoryPart, Manifest
from xiuhua.history.parts import Part
from xiuhua.history.upkeep import keep_up
from xiuhua.keeping import app

pytestmark = pytest.mark.django_db
LATER = 4 * 10**12


@pytest.fixture
def past(root: Path) -> Path:
    """A history of which some has ended, with proof."""
    keep_up(root, proofs.Keeper(), NOW, {"door": 30})
    return root


def sorts(root: Path) -> list[str]:
    return [fault.sort for fault in verifying.verify(root, LATER).faults]


def smoke() -> Part:
    return Manifest().parts(kind="smoke")[0]


def test_a_sound_history_passes(past: Path) -> None:
    found = verifying.verify(past, LATER)
    assert (found.parts, found.rows, found.endings, found.removed) == (7, 10, 2, 2)
    assert found.faults == []
    said = CliRunner().invoke(app, ["verify"])
    assert said.exit_code == 0, said.output
    assert "7 parts with 10 readings" in said.output and "All is as it says" in said.output


def test_the_command_says_what_is_wrong_and_fails(past: Path) -> None:
    (past / smoke().path).unlink()
    said = CliRunner().invoke(app, ["verify"])
    assert said.exit_code == 1
    assert f"WRONG missing: {smoke().path}" in said.output


def test_a_changed_byte_is_found(past: Path) -> None:
    content = bytearray((past / smoke().path).read_bytes())
    content[50] ^= 1
    (past / smoke().path).write_bytes(content)
    assert sorts(past) == ["damaged"]


def forge(root: Path, change: Callable[[pl.DataFrame], pl.DataFrame], **facts: object) -> None:
    """Change a part's rows and let its name and size fit the new bytes, as a forger would."""
    part = smoke()
    change(pl.read_parquet(root / part.path, hive_partitioning=False)).write_parquet(
        root / "forged"
    )
    content = (root / "forged").read_bytes()
    path = f"{part.path.rpartition('-')[0]}-{crc32(content):08x}.parquet"
    (root / "forged").rename(root / path)
    (root / part.path).unlink()
    row = HistoryPart.objects.filter(path=part.path)
    row.update(path=path, bytes=len(content), **facts)


def test_a_forged_file_is_found_by_its_digest(past: Path) -> None:
    forge(past, lambda rows: rows.with_columns(battery=pl.lit(9.0)))
    assert sorts(past) == ["digest"]


@pytest.mark.parametrize(
    ("change", "sort"),
    [
        (lambda rows: rows.head(1), "rows"),
        (lambda rows: rows.reverse(), "order"),
        (lambda rows: rows.with_columns(pl.col("position") + 1), "ends"),
        (lambda rows: rows.with_columns(pl.col("arrival").dt.offset_by("1d")), "day"),
    ],
)
def test_a_forgery_before_digests_is_found_by_what_is_in_it(
    past: Path, change: Callable[[pl.DataFrame], pl.DataFrame], sort: str
) -> None:
    forge(past, change, digest="")
    assert sorts(past) == [sort]


def test_a_manifest_that_was_changed_is_found(past: Path) -> None:
    HistoryPart.objects.filter(path=smoke().path).update(rows=3)
    assert sorts(past) == ["rows"]


def test_a_part_taken_out_of_the_manifest_is_found(past: Path) -> None:
    HistoryPart.objects.filter(path=smoke().path).delete()
    assert sorts(past) == ["leftover"]


def test_a_file_that_came_back_is_found(past: Path) -> None:
    ended = past / proofs.part_of(Ending.objects.get(seq=1)).path
    ended.write_bytes(b"back")
    assert sorts(past) == ["undead"]
    os.utime(ended, (1, 1))
    keep_up(past, proofs.Keeper(), NOW, {})
    assert sorts(past) == []


def test_a_part_named_again_is_found(past: Path) -> None:
    Manifest().add([proofs.part_of(Ending.objects.get(seq=1))])
    assert sorted(sorts(past)) == ["missing", "named"]


@pytest.mark.parametrize(
    "facts", [{"reason": "other"}, {"removed": 9}, {"digest": ""}, {"entry": "{}"}, {"who": "x"}]
)
def test_a_changed_proof_is_found(past: Path, facts: dict[str, object]) -> None:
    if "entry" in facts:
        facts = {"entry": Ending.objects.get(seq=1).entry.replace("2026-01-08", "2026-01-09")}
    Ending.objects.filter(seq=1).update(**facts)
    found = verifying.verify(past, LATER).faults
    assert ("chain", "proof 1") in [(fault.sort, fault.where) for fault in found]


def test_a_removed_or_swapped_proof_is_found(past: Path) -> None:
    Ending.objects.filter(seq=2).update(seq=3)
    assert sorts(past) == ["chain"]
    Ending.objects.filter(seq=3).update(seq=2)
    assert sorts(past) == []
    Ending.objects.filter(seq=1)._raw_delete("default")
    assert sorts(past) == ["chain"]


def test_a_chain_cut_short_with_its_head_is_found_by_a_code_noted_before(past: Path) -> None:
    noted = proofs.ledger.head()[1]
    assert CliRunner().invoke(app, ["verify", "--head", noted]).exit_code == 0
    first = Ending.objects.get(seq=1)
    Ending.objects.filter(seq=2)._raw_delete("default")
    EndingsHead.objects.update(seq=1, mac=first.mac)
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
    assert CliRunner().invoke(app, ["verify", "--head", noted]).exit_code == 1
