"""What to draw of an alert: the field that its rule watches, and the limit that was crossed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlglot import exp

from xiuhua.engine.conditions import Condition
from xiuhua.engine.operators import Operator
from xiuhua.engine.operators.threshold import Threshold
from xiuhua.engine.rules import Rule
from xiuhua.kinds import Field, Kind

_MILLISECOND = timedelta(milliseconds=1)
_NUMBERS = ("number", "count")
_COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE)


@dataclass(frozen=True)
class Chart:
    """A field of the kind that is drawn; `limit` is None where no single number was crossed,
    `interval` the time between two readings, ms."""

    field: Field
    limit: float | None
    interval: int


def chart_of(rule: Rule, params: Mapping[str, float], kind: Kind | None = None) -> Chart | None:
    """The chart of an alert of this rule by readings of `kind`, its leading one where none is
    named; `params` are the rule's numbers as they held for the device. None where the rule watches
    nothing that could be drawn, or only single passages."""
    kind = kind or rule.kind
    if kind.interval is None:
        return None
    watched = [
        pair
        for level in rule.levels
        for condition in _conditions(level.operator, kind)
        for pair in _compared(condition, params)
    ]
    own = [pair for pair in watched if pair[0] == kind.chart]
    name, limit = (own or watched or [(kind.chart, None)])[0]
    field = kind.field(name)
    if field is None or field.type not in _NUMBERS:
        return None
    return Chart(field, limit, kind.interval // _MILLISECOND)


def _conditions(operator: Operator, kind: Kind) -> Iterator[Condition]:
    """What an operator asks of single readings of that kind."""
    if isinstance(operator, Threshold):
        yield operator.when
    for part in operator.asks():
        if part.kind.code == kind.code and part.when is not None:
            yield part.when


def _compared(
    condition: Condition, params: Mapping[str, float]
) -> Iterator[tuple[str, float | None]]:
    """Each field that a condition compares with a number, and the number."""
    for node in condition.tree.find_all(*_COMPARISONS):
        if isinstance(node.left, exp.Column):
            limit = _number(node.right, params)
            if limit is not None:
                yield node.left.name, limit


def _number(node: exp.Expr, params: Mapping[str, float]) -> float | None:
    if isinstance(node, exp.Placeholder):
        return params.get(node.name)
    if isinstance(node, exp.Literal) and not node.is_string:
        return float(node.this)
    return None
