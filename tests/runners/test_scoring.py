"""Alerts held against what happened: a fire told in time, a fire missed, a kitchen, a sensor."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.engine.book import MINUTE, SECOND, START
from xiuhua.runners import labels
from xiuhua.runners.replay import Episode
from xiuhua.runners.scoring import GRACE, Label, Labels, score
from xiuhua.runners.sources import NothingToReplay
from xiuhua.simulator.incidents import Incident, scripts
from xiuhua.simulator.truth import Truth
from xiuhua.simulator.world import load

HOUR = 60 * MINUTE
NAMES = {"smoke-fire": ("疑似火情", "Suspected fire")}


def alert(rule: str, device: str, start: int, end: int | None = None, **more: Any) -> Episode:
    """Times are ms from START."""
    said = {"place": f"{device}-place", "site": "tl01", "level": "serious", "zh": "", "en": ""}
    return Episode(
        id=f"{rule} {device} {start}", rule=rule, subject=device, device=device,
        start=START + start, end=None if end is None else START + end, **{**said, **more},
    )  # fmt: skip


def fire(device: str, start: int, **more: Any) -> Label:
    given: dict[str, Any] = {
        "kind": "fire", "zh": "火", "en": "Fire", "start": START + start,
        "end": START + start + 10 * MINUTE, "expected": frozenset({"smoke-fire", "arc-fault"}),
        "also": frozenset({"smoke-warm"}), "subjects": frozenset({device}),
    }  # fmt: skip
    return Label(**(given | more))


TRUTH = Labels(
    (fire("s1", 0), fire("s2", HOUR), fire("s3", 2 * HOUR, true=False, expected=frozenset())),
    complete=True,
)


def test_what_is_told_in_time_is_true_and_what_is_missed_is_missed() -> None:
    said = [
        alert("smoke-warm", "s1", 20 * SECOND, MINUTE),
        alert("smoke-fire", "s1", 30 * SECOND, 2 * MINUTE),
        alert("smoke-fire", "s1", 5 * MINUTE, 6 * MINUTE),
        alert("arc-fault", "s1", 60 * SECOND, 2 * MINUTE),
        alert("smoke-fire", "s3", 2 * HOUR, 2 * HOUR),  # somebody cooks
    ]
    found = score(said, TRUTH, names=NAMES)
    rules = {one.name: one for one in found.rules}
    smoke = rules["smoke-fire"]
    assert (smoke.zh, smoke.true, smoke.false) == ("疑似火情", 2, 1)
    assert (smoke.caught, smoke.happened, smoke.seconds) == (1, 2, 30.0)
    assert (smoke.precision, smoke.recall) == (2 / 3, 0.5)
    assert (rules["smoke-warm"].precision, rules["smoke-warm"].recall) == (1.0, None)
    (kind,) = found.kinds
    assert (kind.name, kind.caught, kind.happened, kind.seconds) == ("fire", 1, 2, 30.0)
    assert kind.precision is None
    assert (found.all.true, found.all.false, found.all.recall) == (4, 1, 0.5)


@pytest.mark.parametrize(
    ("start", "end", "true"),
    [
        (10 * MINUTE + GRACE, None, True),
        (10 * MINUTE + GRACE + 1, None, False),
        (-MINUTE, 0, True),
        (-MINUTE, -1, False),
        (-MINUTE, None, True),
    ],
)
def test_an_alert_must_overlap_and_has_its_grace(start: int, end: int | None, true: bool) -> None:
    assert TRUTH.verdict(alert("smoke-fire", "s1", start, end)) is true


def test_a_place_counts_like_a_device() -> None:
    known = Labels((fire("s1", 0, place="hall"),), complete=True)
    assert known.verdict(alert("smoke-fire", "s9", 0, place="hall")) is True
    assert known.verdict(alert("smoke-fire", "s9", 0)) is False
    assert known.verdict(alert("door-held", "s1", 0)) is False


def test_rules_about_sensors_are_judged_by_nobody() -> None:
    found = score([alert("smoke-silent", "s1", 0)], TRUTH, names={}, health={"smoke-silent"})
    assert (found.all.true, found.all.false) == (0, 0)
    assert "smoke-silent" not in {one.name for one in found.rules}


def test_only_what_happened_in_the_period_had_to_be_found() -> None:
    found = score([], TRUTH, names={}, happened=[TRUTH.labels[0]])
    assert (found.all.caught, found.all.happened, found.all.seconds) == (0, 1, None)
    assert score([], TRUTH, names={}, happened=[]).kinds == ()


class Verdict(NamedTuple):
    rule: str
    zh: str
    en: str
    subject: str
    start: int
    end: int | None
    true: bool


def test_what_people_found_judges_what_they_saw_and_nothing_else() -> None:
    known = labels.of_verdicts(
        [
            Verdict("smoke-fire", "疑似火情", "Suspected fire", "s1", START, START + HOUR, True),
            Verdict("smoke-fire", "疑似火情", "Suspected fire", "s2", START, None, False),
        ]
    )
    said = [alert("smoke-fire", f"s{n}", MINUTE, 2 * MINUTE) for n in (1, 2, 3)]
    assert [known.verdict(one) for one in said] == [True, False, None]
    found = score(said, known, names=NAMES)
    assert (found.all.true, found.all.false) == (1, 1)
    assert (found.all.caught, found.all.happened, found.all.seconds) == (1, 1, 60.0)


def test_the_simulators_truth_can_be_read(tmp_path: Path) -> None:
    load()
    script = scripts()["door-held-open"]
    told = io.BytesIO()
    Truth(told).incidents(
        [
            Incident(
                id="held-1",
                script=script,
                place="tl01-b001",
                since=START,
                until=START + HOUR,
                acts=(),
            )
        ]
    )
    told.write(b'{"sort":"fault","fault":"lost","device":"d1","start":1,"end":2}\n')
    (tmp_path / "truth.ndjson").write_bytes(told.getvalue())
    known = labels.read(tmp_path / "truth.ndjson")
    (label,) = known.labels
    assert known.complete
    assert (label.kind, label.place, label.start) == ("door-held-open", "tl01-b001", START)
    assert (label.expected, label.true) == ({"door-held"}, True)


def test_labels_that_are_none_say_so(tmp_path: Path) -> None:
    (tmp_path / "readings.ndjson").write_text('{"sort":"incident"}\n{"device":"d1"}\n')
    with pytest.raises(NothingToReplay, match="line 2, are no ground truth"):
        labels.read(tmp_path / "readings.ndjson")
    with pytest.raises(NothingToReplay, match="cannot be read"):
        labels.read(tmp_path / "lost.ndjson")
