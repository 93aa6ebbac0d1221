"""Checked values out of a rule's TOML tables. Each raises RuleError, which says how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .errors import RuleError
from .schedule import DAY, EAST


def only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse a key that nobody knows."""
    for key in table:
        if key not in known:
            raise RuleError(
                f"不认识的设置 {where}{key}；可用：{'、'.join(sorted(known))}。",
                f"Unknown setting {where}{key}; known are {', '.join(sorted(known))}.",
            )


def as_table(value: object, name: str) -> dict[str, Any]:
    """A table."""
    if not isinstance(value, dict):
        raise RuleError(f"{name} 要写成一个表。", f"{name} must be a table.")
    return value


def text(table: Mapping[str, Any], key: str, where: str = "") -> str:
    """A text that is not empty: a name or a sentence."""
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RuleError(
            f"缺少 {where}{key}：每条规则都要有中英文名称和说明。",
            f"{where}{key} is missing: every rule has its name and sentence in both languages.",
        )
    return value


def flag(table: Mapping[str, Any], key: str) -> bool:
    """True or false; false where nothing is said."""
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise RuleError(f"{key} 只能是 true 或 false。", f"{key} must be true or false.")
    return value


def words(value: object, name: str) -> list[str]:
    """A list of words."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise RuleError(f"{name} 要是一列文字。", f"{name} must be a list of words.")
    return value


def whole(value: object, name: str, least: int, most: int) -> int:
    """A whole number between two bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RuleError(
            f"{name} 要是 {least} 到 {most} 的整数，现在是 {value!r}。",
            f"{name} must be a whole number from {least} to {most}; it is {value!r}.",
        )
    return value


def params(value: object) -> dict[str, float]:
    """Parameters: numbers by name."""
    table = as_table(value, "params")
    for name, number in table.items():
        if not _plain_number(number):
            raise RuleError(
                f"参数 {name} 要是数字，现在是 {number!r}。",
                f"Parameter {name} must be a number; it is {number!r}.",
            )
    return {name: float(number) for name, number in table.items()}


def dated_params(value: object, known: Mapping[str, float]) -> list[tuple[int, dict[str, float]]]:
    """`[[rule.params_from]]`: from the midnight of Shanghai (ms) with which each `date` begins,
    these parameters have other values; by date."""
    if not isinstance(value, list):
        raise RuleError("params_from 要写成 [[rule.params_from]]。", "Write [[rule.params_from]].")
    found = []
    for entry in value:
        table = dict(as_table(entry, "params_from"))
        day = table.pop("date", None)
        if not isinstance(day, date) or isinstance(day, datetime):
            raise RuleError(
                "params_from 要写日期，例如 date = 2026-06-01。",
                "params_from needs its date, such as date = 2026-06-01.",
            )
        only(table, set(known), "params_from.")
        since = (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY - EAST
        found.append((since, params(table)))
    return sorted(found, key=lambda entry: entry[0])


def _plain_number(value: object) -> bool:
    """A number that a column can hold: finite, and not true or false."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -1e308 < value < 1e308
