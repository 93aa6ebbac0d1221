"""Which of the alerts that changed are shown, and with which readings around them."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xiuhua.engine.control import Device
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.rules import Rule
from xiuhua.kinds import Field, Kind
from xiuhua.runners.replay import Difference, Episode
from xiuhua.runners.sources import Curve, Source, Span

EACH = 6
"""So many alerts of each sort of change are shown, of as many rules as there are."""
BEFORE, AFTER = 15 * 60_000, 30 * 60_000
"""ms shown before an alert began, and at most after it."""
SORTS = {
    "new": ("新增", "New"),
    "gone": ("消失", "Gone"),
    "earlier": ("提前", "Earlier"),
    "later": ("推迟", "Later"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """An alert that changed: how, and what a field of its device said around it; `field` None: the
    device has none that can be drawn, or is not in the ledger any more."""

    sort: str
    alert: Episode
    shown: Span
    field: Field | None = None
    curve: Curve = Curve.empty()  # noqa: RUF009  never written to


def samples(
    difference: Difference, rules: Mapping[str, Rule], ledger: Ledger, source: Source
) -> list[Sample]:
    """Some of what changed, of each sort, with the readings around it."""
    chosen = [(sort, alert) for sort in SORTS for alert in _spread(getattr(difference, sort), EACH)]
    bare = [_sample(sort, alert, rules, ledger) for sort, alert in chosen]
    asked = [
        (device, one.field.name, one.shown)
        for one in bare
        if one.field is not None and (device := _device(one.alert, ledger))
    ]
    curves = iter(source.curves(asked))
    return [
        one
        if one.field is None
        else Sample(one.sort, one.alert, one.shown, one.field, next(curves))
        for one in bare
    ]


def _spread(alerts: Sequence[Episode], most: int) -> Iterator[Episode]:
    """One of each rule in turn, until there are enough."""
    by_rule: dict[str, list[Episode]] = {}
    for alert in alerts:
        by_rule.setdefault(alert.rule, []).append(alert)
    turns = [(turn, at) for at, mine in enumerate(by_rule.values()) for turn in range(len(mine))]
    rules = list(by_rule.values())
    for turn, at in sorted(turns)[:most]:
        yield rules[at][turn]


def _sample(sort: str, alert: Episode, rules: Mapping[str, Rule], ledger: Ledger) -> Sample:
    end = (
        alert.start + AFTER
        if alert.end is None
        else min(alert.end + BEFORE // 3, alert.start + AFTER)
    )
    shown = Span(alert.start - BEFORE, end)
    rule = rules.get(alert.rule)
    known = rule is not None and _device(alert, ledger) is not None
    return Sample(sort, alert, shown, field_of(rule) if known and rule else None)


def _device(alert: Episode, ledger: Ledger) -> Device | None:
    return ledger.find(alert.device)


def field_of(rule: Rule) -> Field | None:
    """The field that says most of a rule: the first that its sentence names, else the kind's own;
    never a token."""
    named = [name for _, name, _, _ in string.Formatter().parse(rule.sentence_zh) if name]
    for name in (*named, rule.kind.chart, *(field.name for field in rule.kind.fields)):
        field = _drawn(rule.kind, name)
        if field is not None:
            return field
    return None


def _drawn(kind: Kind, name: str) -> Field | None:
    field = kind.field(name)
    return field if field is not None and field.type in ("number", "count", "bool") else None
