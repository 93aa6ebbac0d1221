"""One reading looked at field by field: the slow, explaining way. `shapes` is the fast one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from xiuhua.kinds import Field

from .reasons import Refused
from .shapes import TEXT_LIMIT, Shape, whole_limits

T = TypeVar("T")
Value: TypeAlias = float | int | bool | str | None

WANTED = {
    "number": ("数字", "a number"),
    "count": ("整数", "a whole number"),
    "bool": ("真假值（true 或 false）", "true or false"),
    "choice": ("文字", "text"),
    "token": ("非空文字", "text that is not empty"),
}
NOT_FIELDS = frozenset({"device", "time"})


def read(shape: Shape, message: Mapping[str, object]) -> tuple[dict[str, Value], int]:
    """The kind's fields of a message, in the kind's order, and how many foreign ones it had.

    Raises Refused at the first field that cannot stand, or when there is none at all.
    """
    values = {
        name: value(field, message[name]) for name, field in shape.fields.items() if name in message
    }
    if not values:
        raise Refused("no_field", kind=shape.kind.code, fields=", ".join(shape.names))
    return values, sum(name not in shape.fields and name not in NOT_FIELDS for name in message)


def value(field: Field, given: object) -> Value:
    """The value of a field as it goes into the log; raises Refused if it cannot."""
    if given is None and field.nullable:
        return None
    match field.type:
        case "number":
            return _number(field, given)
        case "count":
            return _count(field, given)
        case "bool":
            return _of_type(field, given, bool)
        case "choice":
            return _choice(field, given)
        case "token":
            return _token(field, given)


def _number(field: Field, given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _wrong(field)
    try:
        number = float(given)
    except OverflowError:
        raise _outside(field) from None
    if not _within(number, field.low, field.high) or not math.isfinite(number):
        raise _outside(field)
    return number


def _count(field: Field, given: object) -> int:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int):
        raise _wrong(field)
    if not _within(given, *whole_limits(field)):
        raise _outside(field)
    return given


def _choice(field: Field, given: object) -> str:
    text = _of_type(field, given, str)
    if text not in field.choices:
        raise Refused("not_a_choice", field=field.name, choices=", ".join(field.choices))
    return text


def _token(field: Field, given: object) -> str:
    text = _of_type(field, given, str)
    if not text:
        raise _wrong(field)
    if len(text) > TEXT_LIMIT:
        raise Refused("text_too_long", field=field.name, limit=TEXT_LIMIT)
    return text


def _of_type(field: Field, given: object, wanted: type[T]) -> T:
    if not isinstance(given, wanted):
        raise _wrong(field)
    return given


def _within(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


def _wrong(field: Field) -> Refused:
    wanted_zh, wanted_en = WANTED[field.type]
    return Refused("wrong_type", field=field.name, wanted_zh=wanted_zh, wanted_en=wanted_en)


def _outside(field: Field) -> Refused:
    low = "−∞" if field.low is None else f"{field.low:g}"
    high = "∞" if field.high is None else f"{field.high:g}"
    unit = f" {field.unit}" if field.unit else ""
    return Refused("out_of_limits", field=field.name, low=low, high=high, unit=unit)
