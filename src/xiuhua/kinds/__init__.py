"""The kinds of sensor. One file a kind: dropping a file in here, or into the folder that the
environment variable XIUHUA_KINDS names, is all it takes to add one."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
from pathlib import Path

from .spec import Field, FieldType, Kind, Order

__all__ = [
    "Field", "FieldType", "Kind", "Order", "all_kinds", "joined_rules", "kind", "register",
    "register_rules",
]  # fmt: skip

_kinds: dict[str, Kind] = {}
_joined: list[str] = []


def register(new: Kind) -> Kind:
    """Make a kind known to the whole house. Raises ValueError if its code is taken."""
    if _kinds.get(new.code, new) != new:
        raise ValueError(f"kind {new.code!r} is registered twice; give one of them another code")
    _kinds[new.code] = new
    return new


def register_rules(text: str) -> None:
    """Add default rules over several kinds: TOML, read by `xiuhua.engine.rules`. A file that is
    loaded again adds nothing."""
    if text not in _joined:
        _joined.append(text)


def joined_rules() -> tuple[str, ...]:
    """The default rules over several kinds, as TOML, in the order of their registration."""
    return tuple(_joined)


def kind(code: str) -> Kind:
    """The kind of that code; raises KeyError for an unknown one."""
    return _kinds[code]


def all_kinds() -> tuple[Kind, ...]:
    """Every registered kind, by code."""
    return tuple(_kinds[code] for code in sorted(_kinds))


def _load_built_in() -> None:
    for module in pkgutil.iter_modules(__path__):
        if module.name != "spec":
            importlib.import_module(f"{__name__}.{module.name}")


def _load_folder(folder: Path) -> None:
    for path in sorted(folder.glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"{__name__}.extra_{path.stem}", path)
        assert spec is not None and spec.loader is not None, path
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


_load_built_in()
if os.environ.get("XIUHUA_KINDS"):
    _load_folder(Path(os.environ["XIUHUA_KINDS"]))
