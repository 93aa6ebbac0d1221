"""One sensor's short life, told reading by reading, and what the engine made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.engine.book import Book, play
from xiuhua.engine.control import Device, ListSet
from xiuhua.engine.rules import Rule, default_rules, parse

PILOT = Path(__file__).parents[2] / "pilot"
Reading = tuple[float, dict[str, Any]]
"""Seconds from the beginning, and the fields."""

NORMAL: dict[str, dict[str, Any]] = {
    "arc": {"arcs": 0, "current": 3, "leakage": 8, "temperature": 28},
    "bikeshed": {"temperature": 34, "smoke": 0.01, "power": 2400, "charging": 9, "vehicles": 30},
    "camera": {"people": 4, "event": None, "confidence": None, "media": None},
    "door": {"event": None, "card": None, "granted": None, "open": False},
    "face": {"person": None, "confidence": None, "live": True, "direction": "in"},
    "manhole": {"tilt": 0.5, "level": 0.3, "open": False, "battery": 3.6},
    "smoke": {"obscuration": 0.01, "temperature": 23, "battery": 3.0},
    "sniffer": {"devices": 60, "new": 9},
    "vehicle": {"plate": "v-known", "direction": "in", "confidence": 0.97},
    "water": {"pressure": 280_000, "flow": 3},
}
LISTS = {
    "cards@tl04-b001": ("c-known",),
    "faces@tl04": ("p-known",),
    "vehicles@tl04": ("v-known",),
}


def rules() -> list[Rule]:
    """The kinds' own rules and the neighbourhood's."""
    files = sorted((PILOT / "rules").glob("*.toml"))
    return default_rules() + [rule for path in files for rule in parse(path.read_text("utf-8"))]


RULES = rules()


def steady(code: str, since: float, until: float, every: float, **fields: Any) -> list[Reading]:
    """The same reading again and again; what is not named is as on any day."""
    count = int((until - since) // every) + 1
    return [(since + at * every, {**NORMAL[code], **fields}) for at in range(count)]


def once(code: str, at: float, **fields: Any) -> list[Reading]:
    """One reading."""
    return steady(code, at, at, 1, **fields)


def heard(
    code: str, readings: Sequence[Reading], *, tags: tuple[str, ...] = (), wait: float = 20
) -> set[tuple[str, str]]:
    """(rule, highest level) of every alert by `wait` seconds after the last reading."""
    device = Device(
        id=f"tl04-{code}-0001", kind=code, site="tl04", place="tl04-b001", building="tl04-b001",
        tags=tags,
    )  # fmt: skip
    book = Book().devices(device).rules(*(rule.text for rule in RULES if rule.kind.code == code))
    for name, members in LISTS.items():
        book.change(ListSet(name, add=members))
    for second, fields in sorted(readings, key=lambda reading: reading[0]):
        book.pack({"device": device.id, **fields}, at=round(second * 1000))
    book.tick(at=round((readings[-1][0] + wait) * 1000))
    changes = play(book)
    for change in changes:
        gap = "—"  # what the engine writes where it knows no value
        assert change.what == "cleared" or gap not in change.zh + change.en, change
    order = ("warn", "serious", "critical")
    worst: dict[str, int] = {}
    for change in changes:
        worst[change.rule] = max(worst.get(change.rule, 0), order.index(change.level))
    return {(rule, order[level]) for rule, level in worst.items()}
