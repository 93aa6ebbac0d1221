"""The engine's words: numbers with units, conditions in plain Chinese and English, sentences."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from sqlglot import exp

from xiuhua.kinds import Field, Kind

from . import durations
from .conditions import Condition

UNITS = {"Cel": "℃", "m3/h": "m³/h", "deg": "°", "Pa": "Pa", "": ""}
"""UCUM codes that people read otherwise."""

_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "≠", exp.GT: ">", exp.GTE: "≥", exp.LT: "<", exp.LTE: "≤",
    exp.Add: "+", exp.Sub: "-", exp.Mul: "×", exp.Div: "÷",
}  # fmt: skip


def number(value: float) -> str:
    """A number for people: at most four significant digits, no exponent, no trailing zeros."""
    if abs(value) >= 1000:
        return f"{value:.0f}"
    text = f"{value:.4g}"
    return f"{value:.6f}".rstrip("0").rstrip(".") if "e" in text else text


def condition_words(condition: Condition, of: Kind) -> tuple[str, str]:
    """A condition as people say it, in Chinese and English."""
    return _Speaker(of, zh=True).say(condition.tree), _Speaker(of, zh=False).say(condition.tree)


class _Speaker:
    def __init__(self, of: Kind, *, zh: bool) -> None:
        self.kind = of
        self.zh = zh

    def say(self, node: exp.Expr) -> str:
        """The node in words."""
        for shape, spoken in self._SHAPES:
            if isinstance(node, shape):
                return spoken(self, node)
        if type(node) in _SIGNS:
            left = self._value(node.this, node.expression)
            return f"{left} {_SIGNS[type(node)]} {self._value(node.expression, node.this)}"
        return self._value(node, None)

    def _pick(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def _paren(self, node: exp.Paren) -> str:
        inner = self.say(node.this)
        return self._pick(f"（{inner}）", f"({inner})")

    def _both(self, node: exp.Binary) -> str:
        joined = (
            self._pick(" 且 ", " and ") if isinstance(node, exp.And) else self._pick(" 或 ", " or ")
        )
        return f"{self.say(node.left)}{joined}{self.say(node.right)}"

    def _not(self, node: exp.Not) -> str:
        return f"{self._pick('并非', 'not')} {self.say(node.this)}"

    def _in(self, node: exp.In) -> str:
        members = [self._value(member, node.this) for member in node.expressions]
        field = self.say(node.this)
        return self._pick(
            f"{field} 是 {'、'.join(members)} 之一", f"{field} is {' or '.join(members)}"
        )

    def _between(self, node: exp.Between) -> str:
        field = self.say(node.this)
        low, high = (self._value(node.args[end], node.this) for end in ("low", "high"))
        return self._pick(f"{field} 在 {low}～{high}", f"{field} is between {low} and {high}")

    def _is(self, node: exp.Is) -> str:
        if isinstance(node.expression, exp.Null):
            there = bool(node.args.get("negate"))
            zh, en = ("有值", "is there") if there else ("缺失", "is missing")
            return f"{self.say(node.this)} {self._pick(zh, en)}"
        return f"{self.say(node.this)} = {self._value(node.expression, node.this)}"

    _SHAPES: ClassVar[tuple[tuple[Any, Callable[..., str]], ...]] = (
        (exp.Paren, _paren), ((exp.And, exp.Or), _both), (exp.Not, _not), (exp.Is, _is),
        (exp.In, _in), (exp.Between, _between),
    )  # fmt: skip

    def _value(self, node: exp.Expr, other: exp.Expr | None) -> str:
        field = self.kind.field(other.name) if isinstance(other, exp.Column) else None
        if isinstance(node, exp.Column):
            own = self.kind.field(node.name)
            assert own is not None, node.name
            return own.zh if self.zh else own.en.lower()
        if isinstance(node, exp.Placeholder):
            return f":{node.name}{_unit(field)}"
        if isinstance(node, exp.Boolean):
            return ("是" if node.this else "否") if self.zh else str(node.this).lower()
        if isinstance(node, exp.Literal):
            return self._literal(node, field)
        if isinstance(node, exp.Neg):
            return f"-{self._value(node.this, other)}"
        return self.say(node)

    def _literal(self, node: exp.Literal, field: Field | None) -> str:
        if node.is_string:
            return choice_words(field, node.this)[0 if self.zh else 1] if field else node.this
        return f"{number(float(node.this))}{_unit(field)}"


def _unit(field: Field | None) -> str:
    unit = UNITS.get(field.unit, field.unit) if field else ""
    return f" {unit}" if unit else ""


def quantity(value: float | str, field: Field) -> str:
    """A number, or the name of one, with the field's unit: 8 ℃, :step ℃."""
    return f"{value if isinstance(value, str) else number(value)}{_unit(field)}"


def choice_words(field: Field, value: str) -> tuple[str, str]:
    """A choice in Chinese and English."""
    if field.choices_zh and value in field.choices:
        return field.choices_zh[field.choices.index(value)], value.replace("_", " ")
    return value, value.replace("_", " ")


SCALES = {"MPa": 1e-6, "kPa": 1e-3, "kW": 1e-3, "%": 100.0}
"""What a sentence may ask for instead of the field's own unit: `{pressure:MPa}`."""


def sentence(
    template: str,
    kinds: Sequence[Kind],
    values: Mapping[str, float | bool | str | None],
    *,
    zh: bool,
) -> str:
    """A rule's sentence with its values: numbers shortened and scaled as asked, choices and yes/no
    in words, a dash for what is missing."""
    pieces = string.Formatter().parse(template)
    return "".join(
        text + ("" if name is None else _said(kinds, name, _scaled(values.get(name), scale), zh=zh))
        for text, name, scale, _ in pieces
    )


def _scaled(value: float | bool | str | None, scale: str | None) -> float | bool | str | None:
    if not scale or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    scaled = value * SCALES[scale]
    return round(scaled) if scale == "%" else scaled


def _said(kinds: Sequence[Kind], name: str, value: float | bool | str | None, *, zh: bool) -> str:
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    if isinstance(value, int | float):
        return number(float(value))
    if value is None:
        return "—"
    field = field_named(kinds, name)
    if field is not None and field.type == "choice":
        return choice_words(field, value)[0 if zh else 1]
    return value


def field_named(kinds: Sequence[Kind], name: str) -> Field | None:
    """The field that a sentence names: `battery`, or `smoke.battery` where there are several
    kinds."""
    code, dot, own = name.rpartition(".")
    return next(
        (of.field(own) for of in kinds if (of.code == code if dot else len(kinds) == 1)), None
    )


def length(millis: int, *, zh: bool) -> str:
    """A length of time in one language."""
    return durations.words(millis)[0 if zh else 1]
