"""Conditions as programs, held against NumPy's plain reading of the tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from xiuhua.engine.conditions import Condition, compile_condition
from xiuhua.engine.jit import F64, Bools
from xiuhua.engine.programs import Programs
from xiuhua.engine.tokens import token_hash
from xiuhua.kinds import Field, Kind

MANY = Kind(
    code="many", zh="多", en="Many", interval=None,
    fields=(
        Field(name="a", type="number", zh="甲", en="A"),
        Field(name="b", type="count", zh="乙", en="B"),
        Field(name="on", type="bool", zh="开", en="On"),
        Field(name="way", type="choice", zh="向", en="Way", choices=("in", "out")),
        Field(name="tag", type="token", zh="标", en="Tag"),
    ),
)  # fmt: skip
PARAMS = ("p", "q")

Truth = tuple[Bools, Bools]
COMPARE: dict[Any, Callable[..., Bools]] = {
    exp.EQ: np.equal, exp.NEQ: np.not_equal, exp.GT: np.greater, exp.GTE: np.greater_equal,
    exp.LT: np.less, exp.LTE: np.less_equal,
}  # fmt: skip
ARITHMETIC: dict[Any, Callable[..., F64]] = {
    exp.Add: np.add, exp.Sub: np.subtract, exp.Mul: np.multiply, exp.Div: np.divide,
}  # fmt: skip


def plain(node: exp.Expr, values: F64, params: dict[str, F64]) -> Truth:
    """Where a node is surely true, and where surely false, column by column."""
    if isinstance(node, exp.Paren):
        return plain(node.this, values, params)
    if isinstance(node, exp.Not):
        yes, no = plain(node.this, values, params)
        return no, yes
    if isinstance(node, exp.And | exp.Or):
        (a, not_a), (b, not_b) = (plain(n, values, params) for n in (node.left, node.right))
        return (a & b, not_a | not_b) if isinstance(node, exp.And) else (a | b, not_a & not_b)
    return leaf(node, values, params)


def leaf(node: exp.Expr, values: F64, params: dict[str, F64]) -> Truth:
    """Likewise, where no truths are inside."""
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        gone = np.isnan(number(node.this, values, params))
        return (~gone, gone) if node.args.get("negate") else (gone, ~gone)
    if isinstance(node, exp.Is):
        return compared(np.equal, node.this, node.expression, values, params)
    if isinstance(node, exp.In):
        each = [compared(np.equal, node.this, e, values, params) for e in node.expressions]
        return np.any([yes for yes, _ in each], axis=0), np.all([no for _, no in each], axis=0)
    if isinstance(node, exp.Between):
        (a, not_a) = compared(np.greater_equal, node.this, node.args["low"], values, params)
        (b, not_b) = compared(np.less_equal, node.this, node.args["high"], values, params)
        return a & b, not_a | not_b
    if isinstance(node, exp.Column):
        return compared(np.equal, node, exp.true(), values, params)
    return compared(COMPARE[type(node)], node.this, node.expression, values, params)


def compared(
    how: Callable[..., Bools], left: exp.Expr, right: exp.Expr, values: F64, params: dict[str, F64]
) -> Truth:
    with np.errstate(all="ignore"):
        a = number(left, values, params, right)
        b = number(right, values, params, left)
        known = np.isfinite(a) & np.isfinite(b)
        return how(a, b) & known, ~how(a, b) & known


def number(
    node: exp.Expr, values: F64, params: dict[str, F64], beside: exp.Expr | None = None
) -> F64:
    """A node's value in each column; a quoted word means what the field beside it makes of it."""
    if isinstance(node, exp.Paren):
        return number(node.this, values, params, beside)
    if isinstance(node, exp.Column | exp.Placeholder):
        name = node.name
        return params[name] if name in params else np.asarray(values[MANY.column(name)])
    if isinstance(node, exp.Neg):
        return -number(node.this, values, params)
    if isinstance(node, exp.Literal | exp.Boolean):
        return np.full(values.shape[1], meant(node, beside))
    left, right = (number(n, values, params) for n in (node.left, node.right))
    return ARITHMETIC[type(node)](left, right)


def meant(node: exp.Expr, beside: exp.Expr | None) -> float:
    if not node.is_string:
        return float(node.this)
    assert isinstance(beside, exp.Column)
    field = MANY.field(beside.name)
    assert field is not None
    return token_hash(node.this) if field.type == "token" else field.choices.index(node.this)


amounts = st.recursive(
    st.sampled_from(["a", "b", ":p", ":q", "0", "1", "2.5", "1e300"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda text: f"(-{text})"),
    ),
    max_leaves=4,
)
comparisons = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
leaves = st.one_of(
    st.builds("{} {} {}".format, amounts, comparisons, amounts),
    st.builds("{} BETWEEN {} AND {}".format, amounts, amounts, amounts),
    st.builds("{} NOT BETWEEN {} AND {}".format, amounts, amounts, amounts),
    st.builds("{} IN ({}, {})".format, amounts, amounts, amounts),
    st.sampled_from(["on", "NOT on", "on IS TRUE", "on = FALSE", "way = 'in'", "way <> 'out'"]),
    st.sampled_from(["way NOT IN ('in', 'out')", "tag = 'x'", "tag IS NULL", "a IS NOT NULL"]),
)
texts = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        inner.map(lambda text: f"NOT ({text})"),
    ),
    max_leaves=5,
)
numbers = st.sampled_from(
    [np.nan, 0.0, -0.0, 1.0, 2.0, 2.5, -1.0, 1e300, -1e300, np.inf, -np.inf, token_hash("x")]
)


def filled(data: st.DataObject, rows: int, count: int) -> F64:
    each = st.lists(numbers, min_size=count, max_size=count)
    return np.array([data.draw(each) for _ in range(rows)]).reshape(rows, count)


def same(got: tuple[Bools, Bools], expected: Truth) -> None:
    for mine, his in zip(got, expected, strict=True):
        assert mine.tolist() == his.tolist()


def compiled(text: str) -> Condition | None:
    condition_text = text if len(text) < 900 else "on"
    try:
        return compile_condition(condition_text, MANY, frozenset(PARAMS))
    except ValueError:  # beyond the most parts
        return None


@settings(max_examples=400, deadline=None)
@given(text=texts, data=st.data(), count=st.integers(0, 4), over=st.sampled_from((1, 1, 300)))
@example(text="a / b > 1", data=None, count=0, over=1)
def test_a_program_says_what_the_tree_says(
    text: str, data: st.DataObject | None, count: int, over: int
) -> None:
    condition = compiled(text)
    if condition is None:
        return
    drawn = [filled(data, n, count) if data else np.zeros((n, 1)) for n in (5, len(PARAMS))]
    values, given_params = (np.tile(part, over) for part in drawn)
    params = dict(zip(PARAMS, given_params, strict=True))
    same(condition(values, params), plain(condition.tree, values, params))


@settings(max_examples=100, deadline=None)
@given(several=st.lists(texts, min_size=1, max_size=5), data=st.data(), count=st.integers(0, 300))
def test_programs_run_together_as_each_alone(
    several: list[str], data: st.DataObject, count: int
) -> None:
    """Joined, they read the parameters of the slot beside each column."""
    conditions = [c for text in several if (c := compiled(text)) is not None]
    together = Programs.of(condition.steps for condition in conditions)
    dice = np.random.default_rng(data.draw(st.integers(0, 99)))
    values = dice.choice([np.nan, 0.0, 1.0, 2.0, 2.5], (5, count))
    of_slot = dice.choice([np.nan, 0.0, 1.0, 2.0], (len(together.params), 3))
    slot = dice.integers(0, 3, count, dtype=np.int32)
    found = together.run(values, of_slot, slot)
    first = 0
    for at, condition in enumerate(conditions):
        own = condition.program.params
        params = {name: of_slot[first + n][slot] for n, name in enumerate(own)}
        first += len(own)
        same((found[0, at], found[1, at]), condition(values, params))
