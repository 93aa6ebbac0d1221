"""Scores of rules, by what people found of their alerts and by what people had to report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from django.utils.translation import get_language

from xiuhua.city.alerts import judged
from xiuhua.city.alerts.judged import Verdict
from xiuhua.city.cases import queries as cases
from xiuhua.city.rules import queries as rules

from .periods import Period


@dataclass(frozen=True)
class Score:
    """How a rule did: how often it spoke, and of that what people found true and false. Of what was
    true: how long (seconds, median) it had gone on before the alert (`found_after`), and how long
    the alert was up before the desk saw it (`seen_after`); None where nothing says so."""

    rule: str
    zh: str
    en: str
    case_class: str
    alerts: int
    true: int
    false: int
    found_after: float | None
    seen_after: float | None

    @property
    def name(self) -> str:
        """The rule's name in the reader's language."""
        return self.en if get_language() == "en" else self.zh

    @property
    def precision(self) -> float | None:
        """True among the judged, None where none was."""
        judged_ = self.true + self.false
        return self.true / judged_ if judged_ else None


@dataclass(frozen=True)
class ClassScore:
    """How the rules of a class did together: the matters that they told of and that were true, and
    those that people reported and closed as true without an alert of a rule. No report says which
    rule should have told of it, so what was missed is the class's, once."""

    case_class: str
    rules: Sequence[Score]
    found: int
    missed: int

    @property
    def recall(self) -> float | None:
        """Found among found and missed, None where there was nothing to find."""
        there = self.found + self.missed
        return self.found / there if there else None


@dataclass(frozen=True)
class Scores:
    """`rules`: every rule in force, and every other that spoke in the period, the least precise
    first, those of which nobody found anything last. `classes`: every class of which one of them
    tells, by its code."""

    rules: Sequence[Score]
    classes: Sequence[ClassScore]


def scored(period: Period) -> Scores:
    """How the rules did in a period."""
    verdicts = cases.verdicts(period.since, period.until)
    missed = cases.reported_without_alert(period.since, period.until)
    rules_ = _scores(period, verdicts)
    of_class: dict[str, list[Score]] = defaultdict(list)
    for score in rules_:
        if score.case_class:
            of_class[score.case_class].append(score)
    classes = [
        ClassScore(code, own, _found({one.rule for one in own}, verdicts), missed.get(code, 0))
        for code, own in sorted(of_class.items())
    ]
    return Scores(rules_, classes)


def _found(of: set[str], verdicts: Sequence[Verdict]) -> int:
    """How many true matters: what several rules told of one incident is one."""
    true = (one for one in verdicts if one.true and one.rule in of)
    return len({one.incident or one.alert for one in true})


def _scores(period: Period, verdicts: Sequence[Verdict]) -> list[Score]:
    alerts = judged.raised(period.since, period.until)
    began = judged.began(one.alert for one in verdicts if one.true)
    own: dict[str, list[Verdict]] = defaultdict(list)
    for one in verdicts:
        own[one.rule].append(one)
    in_force = {one.id: (one.zh, one.en, one.case) for one in rules.standing()}
    named = judged.last_names((own.keys() | alerts.keys()) - in_force.keys()) | in_force
    found = [_score(rule, *named[rule], alerts.get(rule, 0), own[rule], began) for rule in named]
    return sorted(found, key=_least_precise_first)


def _score(
    rule: str, zh: str, en: str, case_class: str, alerts: int, own: Sequence[Verdict],
    began: Mapping[UUID, int],
) -> Score:  # fmt: skip
    true = [one for one in own if one.true]
    return Score(
        rule, zh, en, case_class, alerts, true=len(true), false=len(own) - len(true),
        found_after=_median(one.start - began[one.alert] for one in true if one.alert in began),
        seen_after=_median(one.seen - one.start for one in true if one.seen is not None),
    )  # fmt: skip


def _median(waits: Iterable[int]) -> float | None:
    """Of milliseconds, in seconds."""
    known = list(waits)
    return median(known) / 1000 if known else None


def _least_precise_first(score: Score) -> tuple[bool, float, str]:
    return (score.precision is None, score.precision or 0.0, score.rule)
