"""What is wrong with a set-up, and what to do: `xiuhua doctor`. Each check is one function with an
id of its own; it yields what it found and nothing where all is well."""

from __future__ import annotations

from . import built, checks, dangers, machine, programs, stored
from .checks import CHECKS, GIB, Finding, Setup, check, examine, report

__all__ = [
    "CHECKS", "GIB", "Finding", "Setup", "built", "check", "checks", "dangers", "examine",
    "machine", "programs", "report", "stored",
]  # fmt: skip
