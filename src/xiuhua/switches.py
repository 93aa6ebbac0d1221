"""Flags turned by hand, from a terminal: `xiuhua flag rain on`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from getpass import getuser

from xiuhua.city.almanac.commands import UnknownFlag, set_flag

__all__ = ["UnknownFlag", "turn"]


def turn(name: str, *, on: bool) -> str:
    """Put a flag up or down in the name of this machine's account; says how it went. Raises
    `UnknownFlag`."""
    state = "on" if on else "off"
    program = f"xiuhua flag ({_account()})"
    if set_flag(name=name, up=on, program=program, now=datetime.now(UTC)):
        return f"{name} is {state}; the worker follows within a second or two."
    return f"{name} was {state} already; nothing was changed."


def _account() -> str:
    try:
        return getuser()
    except (ImportError, KeyError, OSError):  # an account without a name, as in some containers
        return str(os.getuid())
