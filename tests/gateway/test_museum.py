"""Every kind of bad message we know, with the words its error must contain and what is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from xiuhua.gateway.reasons import SENTENCES

from .support.people import take

MUSEUM = sorted((Path(__file__).parent / "bad").glob("*.toml"))


def exhibit(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def body_of(piece: dict[str, Any]) -> bytes:
    return bytes.fromhex(piece["hex"]) if "hex" in piece else piece["body"].encode()


@pytest.mark.parametrize("path", MUSEUM, ids=lambda path: path.stem)
def test_bad_message(path: Path):
    piece = exhibit(path)
    body = body_of(piece)
    taken = take(body, speaker=piece["speaker"], device=piece.get("device"), form=piece["form"])
    assert (taken.count, len(taken.refused)) == (piece["accepted"], piece["refused"])
    assert taken.body.count(b"\n") == piece["accepted"]
    refusal = taken.refused[0]
    assert refusal.why.reason == piece["reason"]
    assert piece["zh"] in refusal.why.zh
    assert piece["en"] in refusal.why.en
    record = refusal.record
    assert record.detail == f"{refusal.why.zh}\n{refusal.why.en}"
    assert list(record.fields) == piece["fields"]
    assert (record.body is not None) == piece["body_kept"]


def test_every_reason_that_a_message_can_have_stands_in_the_museum():
    # Made in the tests of doors, of intake and of replays.
    elsewhere = {"bad_topic", "too_large", "too_many", "unknown_speaker"}
    assert {exhibit(path)["reason"] for path in MUSEUM} == SENTENCES.keys() - elsewhere


@pytest.mark.parametrize("path", MUSEUM, ids=lambda path: path.stem)
def test_no_value_of_a_message_stands_in_its_error(path: Path):
    piece = exhibit(path)
    taken = take(
        body_of(piece), speaker=piece["speaker"], device=piece.get("device"), form=piece["form"]
    )
    for word in ("沪A", "沪C", "4711", "opened", "yesterday", "thick"):
        assert all(word not in refusal.record.detail for refusal in taken.refused)
