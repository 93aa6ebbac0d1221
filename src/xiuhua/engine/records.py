"""What stands in the log. Three sorts of record, in one order that never changes.

Positions are consecutive from 1. `at` is log time in epoch milliseconds, UTC; it never runs back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Millis: TypeAlias = int
"""Epoch milliseconds, UTC."""


@dataclass(frozen=True, slots=True)
class Data:
    """A pack of readings: what the door took within a few milliseconds.

    `body` holds `count` flat JSON objects, one a line, each ending in a newline; every line starts
    `{"device":"...","time":<epoch ms>` and holds only fields of the device's kind.
    `at` is the moment the pack arrived.
    """

    position: int
    at: Millis
    count: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock of the log when nothing else speaks: one a second."""

    position: int
    at: Millis


@dataclass(frozen=True, slots=True)
class Control:
    """A change of rules, lists or ledger, or the door going down or up.

    `body` is one JSON object of `xiuhua.engine.control.Change`; `id` makes it count once.
    """

    position: int
    at: Millis
    id: str
    body: bytes


Record: TypeAlias = Data | Tick | Control
