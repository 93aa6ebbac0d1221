"""Rule conditions: a small part of SQL, checked against the kind, evaluated on columns.

Comparison, AND OR NOT, + - * /, IS [NOT] NULL, [NOT] IN, BETWEEN, :parameters. Logic is SQL's
own, with three values: what compares with a missing value is neither true nor false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import sqlglot
from sqlglot import exp

from xiuhua.kinds import Field, Kind

from . import programs
from .errors import RuleError
from .jit import F64, Bools
from .programs import EQUAL, GREATER, LESS, Programs
from .tokens import token_hash

MOST_NODES = 64
LONGEST = 1000

Type: TypeAlias = Literal["number", "bool", "choice", "token"]
Params: TypeAlias = Mapping[str, F64]
Truth: TypeAlias = tuple[Bools, Bools]
"""(surely true, surely false); neither where something is missing."""
Steps: TypeAlias = list[programs.Step]

_COMPARE: dict[type[exp.Expr], int] = {
    exp.EQ: EQUAL, exp.NEQ: LESS | GREATER, exp.GT: GREATER,
    exp.GTE: GREATER | EQUAL, exp.LT: LESS, exp.LTE: LESS | EQUAL,
}  # fmt: skip
_ARITHMETIC: dict[type[exp.Expr], int] = {
    exp.Add: programs.ADD, exp.Sub: programs.SUBTRACT,
    exp.Mul: programs.MULTIPLY, exp.Div: programs.DIVIDE,
}  # fmt: skip
_AND: Steps = [(programs.AND, 0)]
_OR: Steps = [(programs.OR, 0)]
_NOT: Steps = [(programs.NOT, 0)]


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition: its text, its tree, and the fields and parameters it names. `steps` are
    its program, to be joined with others'; `program` is it alone."""

    text: str
    tree: exp.Expr
    fields: frozenset[str]
    params: frozenset[str]
    steps: Steps = field(repr=False)
    program: Programs = field(repr=False, compare=False)

    def __call__(self, values: F64, params: Params) -> Truth:
        """(surely true, surely false) for each of the n columns of `values` (fields, n);
        `params` are (n,) each."""
        count = values.shape[1]
        given = np.empty((len(self.program.params), count))
        for row, name in enumerate(self.program.params):
            given[row] = params[name]
        found = self.program.run(
            np.ascontiguousarray(values), given, np.arange(count, dtype=np.int32)
        )
        return found[0, 0], found[1, 0]


def compile_condition(text: str, of: Kind, params: frozenset[str]) -> Condition:
    """Check and compile a condition over a kind's fields and a rule's parameters.

    Raises RuleError: what is wrong, and near which character.
    """
    tree = _parsed(text)
    nodes = list(tree.walk())
    if len(nodes) > MOST_NODES:
        raise RuleError(
            f"条件太长：{len(nodes)} 个成分，最多 {MOST_NODES} 个。请拆成几条规则。",
            f"The condition is too long: {len(nodes)} parts, at most {MOST_NODES}. Split the rule.",
        )
    steps = _Compiler(of, params).truth(tree)
    return Condition(
        text=text,
        tree=tree,
        steps=steps,
        program=Programs.of([steps]),
        fields=frozenset(node.name for node in nodes if isinstance(node, exp.Column)),
        params=frozenset(node.name for node in nodes if isinstance(node, exp.Placeholder)),
    )


def _parsed(text: str) -> exp.Expr:
    if not text.strip() or len(text) > LONGEST:
        raise RuleError(
            f"条件不能为空，也不能超过 {LONGEST} 个字符。",
            f"A condition may not be empty nor longer than {LONGEST} characters.",
        )
    try:
        return sqlglot.parse_one(text, dialect="postgres")
    except sqlglot.errors.SqlglotError as error:
        first = (getattr(error, "errors", None) or [{}])[0]
        column = int(first.get("col") or 0)
        raise RuleError(
            f"条件读不懂（第 {column} 个字符附近）：{text}",
            f"The condition cannot be read (near character {column}): {text}",
            column=column,
        ) from error
    except RecursionError as error:
        raise RuleError("条件嵌套太深。", "The condition is nested too deeply.") from error


def _column_of(node: exp.Expr) -> int:
    for part in node.walk():
        if part.meta.get("col"):
            return int(part.meta["col"]) - (int(part.meta["end"]) - int(part.meta["start"]))
    return 0


_PARTS: dict[type[exp.Expr], set[str]] = {
    exp.Is: {"this", "expression", "negate"},
    exp.In: {"this", "expressions"},
    exp.Between: {"this", "low", "high"},
}


def _plain(node: exp.Expr) -> bool:
    """Whether the node says nothing beyond what is compiled: a word of SQL that we passed over
    (SYMMETRIC, say) would turn its meaning round."""
    said = {name for name, part in node.args.items() if part}
    return said <= _PARTS.get(type(node), {"this", "expression"})


class _Compiler:
    """From a sqlglot tree to steps of a program. Only the nodes named here are let through."""

    def __init__(self, of: Kind, params: frozenset[str]) -> None:
        self.kind = of
        self.params = params

    def truth(self, node: exp.Expr) -> Steps:
        """The steps that say where a node is surely true, and where surely false."""
        for shapes, compiled in self._SHAPES:
            if isinstance(node, shapes) and _plain(node):
                return compiled(self, node)
        raise self._refused(node)

    def _inner(self, node: exp.Paren) -> Steps:
        return self.truth(node.this)

    def _turned(self, node: exp.Not) -> Steps:
        return self.truth(node.this) + _NOT

    def _alone(self, node: exp.Column) -> Steps:
        return self._equal_to(node, 1.0)

    def _both(self, node: exp.Binary) -> Steps:
        left, right = self.truth(node.left), self.truth(node.right)
        return left + right + (_AND if isinstance(node, exp.And) else _OR)

    def _is(self, node: exp.Is) -> Steps:
        if isinstance(node.expression, exp.Boolean):
            return self._equal_to(node.this, float(node.expression.this))
        if not isinstance(node.expression, exp.Null) or not isinstance(node.this, exp.Column):
            raise self._refused(node)
        missing = [*self.number(node.this), (programs.MISSING, 0)]
        return missing + _NOT if node.args.get("negate") else missing

    def _in(self, node: exp.In) -> Steps:
        if not node.expressions:
            raise self._refused(node)
        parts = [self._compare(exp.EQ(this=node.this, expression=e)) for e in node.expressions]
        whole = parts[0]
        for part in parts[1:]:
            whole = whole + part + _OR
        return whole

    def _between(self, node: exp.Between) -> Steps:
        low = self._compare(exp.GTE(this=node.this, expression=node.args["low"]))
        high = self._compare(exp.LTE(this=node.this, expression=node.args["high"]))
        return low + high + _AND

    def _equal_to(self, node: exp.Expr, number: float) -> Steps:
        if self.type_of(node) != "bool":
            raise self._refused(node)
        return [*self.number(node), (programs.CONSTANT, number), (EQUAL, 0)]

    def _compare(self, node: exp.Expr) -> Steps:
        left, right = node.this, node.expression
        types = {self.type_of(left), self.type_of(right)} - {"word"}
        words = [side for side in (left, right) if self.type_of(side) == "word"]
        if len(types) != 1 or (words and types & {"number", "bool"}):
            raise self._mismatch(node)
        if types != {"number"} and not isinstance(node, exp.EQ | exp.NEQ):
            raise self._mismatch(node)
        field = self._field(left if not words or left is not words[0] else right) if words else None
        return [
            *self.number(left, field), *self.number(right, field), (_COMPARE[type(node)], 0)
        ]  # fmt: skip

    def type_of(self, node: exp.Expr) -> Type | Literal["word"]:
        """What a value is; a quoted word takes the type of what it is compared with."""
        if isinstance(node, exp.Paren):
            return self.type_of(node.this)
        if isinstance(node, exp.Column):
            of = self._field(node).type
            return "number" if of in ("number", "count") else of  # type: ignore[return-value]
        if isinstance(node, exp.Literal):
            return "word" if node.is_string else "number"
        if isinstance(node, exp.Boolean):
            return "bool"
        if isinstance(node, exp.Placeholder | exp.Neg) or type(node) in _ARITHMETIC:
            return "number"
        raise self._refused(node)

    def number(self, node: exp.Expr, field: Field | None = None) -> Steps:
        """The steps that give a value; `field` says what a quoted word means."""
        if isinstance(node, exp.Paren):
            return self.number(node.this, field)
        if isinstance(node, exp.Column):
            return [(programs.FIELD, self.kind.column(self._field(node).name))]
        if isinstance(node, exp.Placeholder):
            return self._param(node)
        if isinstance(node, exp.Literal | exp.Boolean):
            return [(programs.CONSTANT, self._constant(node, field))]
        if isinstance(node, exp.Neg) and self.type_of(node.this) == "number":
            return [*self.number(node.this), (programs.NEGATE, 0)]
        return self._arithmetic(node)

    def _arithmetic(self, node: exp.Expr) -> Steps:
        function = _ARITHMETIC.get(type(node))
        if function is None:
            raise self._refused(node)
        if {self.type_of(node.this), self.type_of(node.expression)} != {"number"}:
            raise self._mismatch(node)
        return [*self.number(node.this), *self.number(node.expression), (function, 0)]

    def _param(self, node: exp.Placeholder) -> Steps:
        name = node.name
        if name not in self.params:
            raise RuleError(
                f"条件用到 :{name}，但规则的 [rule.params] 里没有它。",
                f"The condition uses :{name}, which [rule.params] does not name.",
            )
        return [(programs.PARAM, name)]

    def _constant(self, node: exp.Expr, field: Field | None) -> float:
        if isinstance(node, exp.Boolean):
            return float(node.this)
        if not node.is_string:
            return self._plain_number(node)
        assert field is not None, "a word is always compared with a field"
        if field.type == "token":
            return token_hash(node.this)
        if node.this not in field.choices:
            choices = "、".join(field.choices)
            raise RuleError(
                f"{field.name} 没有“{node.this}”这个取值，可用：{choices}。",
                f"{field.name} is never '{node.this}'; it is one of {', '.join(field.choices)}.",
            )
        return float(field.choices.index(node.this))

    def _plain_number(self, node: exp.Expr) -> float:
        try:
            return float(node.this)
        except ValueError:  # SQL's grammar reads 1e.5 as one number
            raise RuleError(
                f"“{node.this}”不是数字。",
                f"'{node.this}' is no number.",
                column=_column_of(node),
            ) from None

    def _field(self, node: exp.Expr) -> Field:
        field = self.kind.field(node.name) if isinstance(node, exp.Column) else None
        if field is None or (isinstance(node, exp.Column) and node.table):
            known = ", ".join(f.name for f in self.kind.fields)
            raise RuleError(
                f"{self.kind.zh}没有字段 {node.sql()}；有：{known}。",
                f"{self.kind.code} has no field {node.sql()}; it has {known}.",
                column=_column_of(node),
            )
        return field

    _SHAPES: ClassVar[tuple[tuple[Any, Callable[..., Steps]], ...]] = (
        (exp.Paren, _inner),
        ((exp.And, exp.Or), _both),
        (exp.Not, _turned),
        (exp.Is, _is),
        (exp.In, _in),
        (exp.Between, _between),
        (tuple(_COMPARE), _compare),
        (exp.Column, _alone),
    )

    def _refused(self, node: exp.Expr) -> RuleError:
        return RuleError(
            f"条件里不能用“{node.sql()}”：只能用比较、AND/OR/NOT、+ - * /、IS NULL、IN、BETWEEN。",
            f"'{node.sql()}' may not stand in a condition: only comparisons, AND/OR/NOT, + - * /, "
            "IS NULL, IN and BETWEEN.",
            column=_column_of(node),
        )

    def _mismatch(self, node: exp.Expr) -> RuleError:
        return RuleError(
            f"“{node.sql()}”两边不是同一类值，不能这样比较或计算。",
            f"The two sides of '{node.sql()}' are not of a kind and cannot be compared so.",
            column=_column_of(node),
        )
