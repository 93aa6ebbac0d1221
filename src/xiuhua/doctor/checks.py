"""What checks share: the set-up they look at, what they find, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

Weight: TypeAlias = Literal["error", "warning", "note"]
"""An error keeps the house from working or from keeping its word; a note matters to tests only."""

GIB = 1 << 30
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What the checks look at: the settings as plain values."""

    home: Path
    database: str
    log: str
    host: str
    ports: dict[str, int]
    https: bool
    demo: bool
    disk_warn: int = 10 * GIB
    disk_stop: int = GIB // 2
    log_days: int = 30
    log_bytes: int = 20_000 << 20
    tls: tuple[Path, Path, Path | None] | None = None
    """The doors' certificate, its key, and the devices' authority."""


@dataclass(frozen=True)
class Finding:
    """Something found: how bad, what is wrong, what to do about it."""

    weight: Weight
    what: str
    hint: str
    id: str = ""


Check: TypeAlias = Callable[[Setup], Iterator[Finding]]

CHECKS: dict[str, Check] = {}


def check(number: str) -> Callable[[Check], Check]:
    """Register a check under its id; raises ValueError for one that is taken."""

    def register(function: Check) -> Check:
        if number in CHECKS:
            raise ValueError(f"check {number} is registered twice")
        CHECKS[number] = function
        return function

    return register


def examine(setup: Setup, only: Iterable[str] = ()) -> list[Finding]:
    """Run the checks (all, or those of these ids) in the order of their ids."""
    wanted = set(only) or set(CHECKS)
    return [
        replace(found, id=number)
        for number, function in sorted(CHECKS.items())
        if number in wanted
        for found in function(setup)
    ]


def report(setup: Setup, say: Callable[[str], object]) -> int:
    """Run every check and say what was found; how many errors there are."""
    found = examine(setup)
    for finding in found:
        say(f"{finding.id} {finding.weight}: {finding.what}\n    {finding.hint}")
    errors = sum(finding.weight == "error" for finding in found)
    say(f"{len(CHECKS)} checks, {errors} errors, {len(found) - errors} other findings.")
    return errors


def dotted(version: tuple[int, ...]) -> str:
    """A version as people write it."""
    return ".".join(str(part) for part in version)


def first_line(error: Exception) -> str:
    """What an error says first."""
    return str(error).strip().partition("\n")[0]
