"""The operators that give a condition time. One file each; dropping a file in is all it takes."""

from __future__ import annotations

import importlib
import pkgutil

from xiuhua.engine.errors import RuleError

from .base import Firings, Hears, Logic, Operator, Surroundings

__all__ = [
    "Firings",
    "Hears",
    "Logic",
    "Operator",
    "Surroundings",
    "all_operators",
    "operator_named",
]


def all_operators() -> dict[str, type[Operator]]:
    """Every operator by the name that rules call it."""
    return {operator.NAME: operator for operator in Operator.__subclasses__()}


def operator_named(name: object) -> type[Operator]:
    """The operator of that name; raises RuleError for an unknown one."""
    known = all_operators()
    if not isinstance(name, str) or name not in known:
        names = ", ".join(sorted(known))
        raise RuleError(
            f"没有算子 {name!r}；有：{names}。", f"No operator {name!r}; there are {names}."
        )
    return known[name]


for _module in pkgutil.iter_modules(__path__):
    if _module.name != "base":
        importlib.import_module(f"{__name__}.{_module.name}")
