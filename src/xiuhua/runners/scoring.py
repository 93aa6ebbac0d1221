"""How good alerts are, held against what really happened. Plain values in and out.

An alert is true if a true label touches it: its rule is expected of the label or may also speak of
it, it is about a device or the place of the label, and it overlaps the label's time and `GRACE`
after. Where the labels are complete (a simulator's ground truth), every other alert is false; where
they are verdicts, one is false only if somebody found it so, and the rest is nobody's to judge.
Rules about the sensors themselves (`health`) are judged by nobody: labels speak of the world.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from xiuhua.engine.records import Millis

from .replay import Episode

GRACE = 600_000
"""ms after the end in which an alert still belongs to it: holds and slow sensors."""


@dataclass(frozen=True, slots=True)
class Label:
    """Something that happened (`true`), or that was thought to have happened and had not."""

    kind: str
    zh: str
    en: str
    start: Millis
    end: Millis
    expected: frozenset[str]
    also: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    place: str = ""
    true: bool = True

    def touches(self, alert: Episode) -> bool:
        """Whether the alert speaks of it, in rule, place and time."""
        return (
            alert.rule in self.expected | self.also
            and (
                bool(self.subjects & {alert.device, alert.subject})
                or (self.place != "" and self.place in (alert.place, alert.subject))
            )
            and alert.start <= self.end + GRACE
            and (alert.end is None or alert.end >= self.start)
        )


@dataclass(frozen=True, slots=True)
class Labels:
    """What is known of a period. `complete`: nothing else happened in it."""

    labels: tuple[Label, ...]
    complete: bool
    _near: dict[str, list[Label]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for label in self.labels:
            for name in {*label.subjects, label.place} - {""}:
                self._near[name].append(label)

    def verdict(self, alert: Episode) -> bool | None:
        """Whether the alert is true; None where nobody can say."""
        names = {alert.device, alert.subject, alert.place}
        near = [one for name in names for one in self._near.get(name, ()) if one.touches(alert)]
        if any(label.true for label in near):
            return True
        return False if self.complete or near else None


@dataclass(frozen=True, slots=True)
class Score:
    """How often what was said was true, and how much of what happened was said. `alerts` is true
    and false ones together; `caught` of `happened` labels; `seconds` to the first alert, the
    median; None where nothing can be said."""

    name: str
    zh: str
    en: str
    true: int = 0
    false: int = 0
    caught: int = 0
    happened: int = 0
    seconds: float | None = None

    @property
    def precision(self) -> float | None:
        """The share of alerts that were true."""
        judged = self.true + self.false
        return self.true / judged if judged else None

    @property
    def recall(self) -> float | None:
        """The share of what happened that was told."""
        return self.caught / self.happened if self.happened else None


@dataclass(frozen=True, slots=True)
class Scores:
    """By rule, by kind of incident, and over all."""

    rules: tuple[Score, ...]
    kinds: tuple[Score, ...]
    all: Score


def score(
    alerts: Sequence[Episode], labels: Labels, *, names: dict[str, tuple[str, str]],
    health: Collection[str] = (), happened: Collection[Label] | None = None,
) -> Scores:  # fmt: skip
    """Hold alerts against labels. `names` are the rules' names, Chinese and English; `happened` the
    labels that count as having to be found, all by default (a period leaves some out)."""
    judged = [alert for alert in alerts if alert.rule not in health]
    verdicts = [(alert.rule, labels.verdict(alert)) for alert in judged]
    found = list(_found(judged, labels.labels if happened is None else happened))
    rules = sorted(
        {rule for rule, verdict in verdicts if verdict is not None}
        | {rule for label, _ in found for rule in label.expected}
    )
    return Scores(
        rules=tuple(_of_rule(rule, names, verdicts, found) for rule in rules),
        kinds=tuple(_of_kind(kind, found) for kind in sorted({one.kind for one, _ in found})),
        all=_in_all(verdicts, found),
    )


_Found = tuple[Label, dict[str, Millis]]
"""A label that is true, and when each of its expected rules first spoke of it."""


def _found(alerts: Iterable[Episode], labels: Iterable[Label]) -> Iterator[_Found]:
    about: dict[str, list[Episode]] = defaultdict(list)
    for alert in alerts:
        for name in {alert.device, alert.subject, alert.place}:
            about[name].append(alert)
    for label in labels:
        if label.true and label.expected:
            near = [one for n in {*label.subjects, label.place} for one in about.get(n, ())]
            first: dict[str, Millis] = {}
            for alert in sorted(near, key=lambda one: one.start):
                if alert.rule in label.expected and label.touches(alert):
                    first.setdefault(alert.rule, alert.start)
            yield label, first


def _of_rule(
    rule: str, names: dict[str, tuple[str, str]], verdicts: list[tuple[str, bool | None]],
    found: list[_Found],
) -> Score:  # fmt: skip
    mine = [verdict for name, verdict in verdicts if name == rule]
    due = [(label, first.get(rule)) for label, first in found if rule in label.expected]
    waits = [_wait(label, at) for label, at in due if at is not None]
    zh, en = names.get(rule, (rule, rule))
    return Score(
        rule, zh, en, mine.count(True), mine.count(False), len(waits), len(due),
        median(waits) if waits else None,
    )  # fmt: skip


def _of_kind(kind: str, found: list[_Found]) -> Score:
    mine = [(label, first) for label, first in found if label.kind == kind]
    waits = [_wait(label, min(first.values())) for label, first in mine if first]
    label = mine[0][0]
    return Score(
        kind, label.zh, label.en, caught=len(waits), happened=len(mine),
        seconds=median(waits) if waits else None,
    )  # fmt: skip


def _in_all(verdicts: list[tuple[str, bool | None]], found: list[_Found]) -> Score:
    said = [verdict for _, verdict in verdicts]
    waits = [_wait(label, min(first.values())) for label, first in found if first]
    return Score(
        "", "合计", "In all", said.count(True), said.count(False), len(waits), len(found),
        median(waits) if waits else None,
    )  # fmt: skip


def _wait(label: Label, at: Millis) -> float:
    return max(0, at - label.start) / 1000
