"""How a bridge is, in a small file beside its journal, for `xiuhua doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from xiuhua.engine.records import Millis

EVERY = 2.0
"""Seconds between two writings."""

STALE = 60_000
"""Milliseconds after which a bridge that says nothing is not running."""


class Status(msgspec.Struct, frozen=True):
    """A bridge at a moment: what is wrong with its broker and with our door ("": nothing), how
    many messages it has brought since it began, how many of those the door refused, how many more
    were copies of committed ones, how many are on their way. `ended` when it was told to end."""

    name: str
    at: Millis
    source: str = ""
    door: str = ""
    taken: int = 0
    refused: int = 0
    copies: int = 0
    waiting: int = 0
    ended: bool = False


def write(home: Path, status: Status) -> None:
    """Put the status in the place of the last one."""
    path = home / f"{status.name}.json"
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(status))
    fresh.replace(path)


def read_all(home: Path) -> Iterator[Status]:
    """The status of every bridge that ever ran in this home."""
    for path in sorted(home.glob("*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Status)
        except (OSError, msgspec.DecodeError):
            continue


def trouble(status: Status, now: Millis) -> str:
    """What is wrong with a bridge, in a sentence; "" where all is well."""
    silent = now - status.at
    if status.ended:
        return ""
    if silent > STALE:
        return f"Bridge {status.name} has not been running for {silent // 60_000} min."
    if status.source:
        return f"Bridge {status.name} hears nothing from its broker: {status.source}."
    if status.door:
        return f"Bridge {status.name} cannot hand on ({status.waiting} wait): {status.door}."
    return ""
