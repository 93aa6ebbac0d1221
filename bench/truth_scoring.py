"""How alerts compare with what really happened. Pure: values in, values out; times are epoch ms.

An alert is *true* if something happened of which its rule may speak, that touches it, and it begins
between `EARLY` before that began and `grace` after it ended. It touches what shares its device, or
the place that it is about. Something that happened is *found* if there is a true alert of it.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

EARLY = 60_000
"""A device's clock may be slow."""
GRACE = 30 * 60_000
DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened: what, when, whom it touches (ids of devices and codes of places),
    and which rules may speak of it: none of a look-alike."""

    kind: str
    since: int
    until: int
    touches: frozenset[str]
    rules: frozenset[str] = frozenset()
    lookalike: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that stood by itself when it was raised: its rule, when it began, and what it is
    about (its device and its subject)."""

    rule: str
    start: int
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """How one kind of thing that happened was found; `seconds` is the median until the first true
    alert, None where none was found. Of a look-alike, `found` is how often a false one met it."""

    kind: str
    lookalike: bool
    count: int
    found: int
    seconds: float | None

    @property
    def recall(self) -> float:
        return self.found / self.count


@dataclass(frozen=True, slots=True)
class Heard:
    """How true one rule's alerts were."""

    rule: str
    alerts: int
    true: int

    @property
    def precision(self) -> float:
        return self.true / self.alerts


def speaks_of(told: Told, happened: Happened, grace: int = GRACE) -> bool:
    """Whether an alert is true of it."""
    return told.rule in happened.rules and _meets(told, happened, grace)


def _meets(told: Told, happened: Happened, grace: int) -> bool:
    timely = happened.since - EARLY <= told.start <= happened.until + grace
    return timely and bool(told.about & happened.touches)


def found(happened: Iterable[Happened], told: Sequence[Told], grace: int = GRACE) -> list[Found]:
    """By kind, what happened first and the look-alikes after it."""
    happened = list(happened)
    false = untrue(happened, told, grace)
    by_kind: dict[tuple[bool, str], list[Happened]] = {}
    for one in happened:
        by_kind.setdefault((one.lookalike, one.kind), []).append(one)
    return [
        _found(kind, them, false if lookalike else told, grace)
        for (lookalike, kind), them in sorted(by_kind.items())
    ]


def _found(kind: str, them: Sequence[Happened], told: Sequence[Told], grace: int) -> Found:
    delays = []
    for one in them:
        meets = _meets if one.lookalike else speaks_of
        starts = [alert.start for alert in told if meets(alert, one, grace)]
        if starts:
            delays.append(max(0, min(starts) - one.since) / 1_000)
    median = statistics.median(delays) if delays else None
    return Found(kind, them[0].lookalike, len(them), len(delays), median)


def untrue(happened: Sequence[Happened], told: Iterable[Told], grace: int = GRACE) -> list[Told]:
    """The false alarms."""
    return [alert for alert in told if not any(speaks_of(alert, one, grace) for one in happened)]


def heard(happened: Sequence[Happened], told: Sequence[Told], grace: int = GRACE) -> list[Heard]:
    """By rule."""
    alerts = Counter(alert.rule for alert in told)
    false = Counter(alert.rule for alert in untrue(happened, told, grace))
    return [Heard(rule, count, count - false[rule]) for rule, count in sorted(alerts.items())]


def per_shift(
    told: Iterable[Told], shift_of: Callable[[int], str], every: Iterable[int]
) -> list[int]:
    """How many alerts each shift got, those without any too: `shift_of` names the shift of a
    moment, `every` are moments of all shifts."""
    counts = dict.fromkeys(map(shift_of, every), 0)
    for alert in told:
        name = shift_of(alert.start)
        counts[name] = counts.get(name, 0) + 1
    return list(counts.values())


def found_table(rows: Iterable[Found]) -> Iterator[str]:
    """A line for each kind of thing that happened, then one for each look-alike."""
    rows = list(rows)
    yield f"{'what happened':24} {'n':>5} {'found':>6} {'recall':>7}  median time to detect"
    for row in rows:
        if not row.lookalike:
            yield (
                f"{row.kind:24} {row.count:5} {row.found:6} {row.recall:7.0%}  {_span(row.seconds)}"
            )
    yield f"{'look-alike':24} {'n':>5} {'fooled':>6}"
    for row in rows:
        if row.lookalike:
            yield f"{row.kind:24} {row.count:5} {row.found:6}"


def heard_table(rows: Iterable[Heard], days: float) -> Iterator[str]:
    """A line for each rule that said something, then one in all."""
    rows = list(rows)
    whole = Heard("in all", sum(row.alerts for row in rows), sum(row.true for row in rows))
    yield f"{'rule':24} {'alerts':>6} {'true':>6} {'precision':>9}  false a day"
    for row in [*rows, whole] if whole.alerts else []:
        false = (row.alerts - row.true) / days
        yield f"{row.rule:24} {row.alerts:6} {row.true:6} {row.precision:9.0%}  {false:.2f}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"
