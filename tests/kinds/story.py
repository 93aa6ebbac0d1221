"""The short life of a sensor or a few, told reading by reading, and what the engine made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.engine.book import Book, play
from xiuhua.engine.changes import LEVELS, AlertChange
from xiuhua.engine.control import Device, FlagSet, ListSet
from xiuhua.engine.rules import Rule, default_rules, parse

PILOT = Path(__file__).parents[2] / "pilot"
Reading = tuple[float, dict[str, Any]]
"""Seconds from the beginning, and the fields."""
Said = tuple[float, Device, dict[str, Any]]
"""A reading and whose it is."""

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
    code: str,
    readings: Sequence[Reading],
    *,
    tags: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
    wait: float = 20,
) -> set[tuple[str, str]]:
    """(rule, highest level) of every alert of the kind's rules by `wait` seconds after the last
    reading."""
    device = Device(
        id=f"tl04-{code}-0001", kind=code, site="tl04", place="tl04-b001", building="tl04-b001",
        tags=tags,
    )  # fmt: skip
    own = [rule for rule in RULES if [of.code for of in rule.kinds] == [code]]
    said = [(second, device, fields) for second, fields in readings]
    return {told[:2] for told in _worst(_changes([device], own, said, flags, wait))}


def heard_together(
    *said: tuple[Device, Sequence[Reading]], wait: float = 20
) -> set[tuple[str, str, str]]:
    """(rule, highest level, subject) of every alert of all rules, by `wait` seconds after the last
    reading of these devices."""
    readings = [(second, device, fields) for device, told in said for second, fields in told]
    return _worst(_changes([device for device, _ in said], RULES, readings, (), wait))


def sensor(code: str, number: int = 1, *, door: int = 1, flat: str = "", **more: Any) -> Device:
    """A sensor behind a building door of tl04, in a flat if one is named."""
    building = f"tl04-b{door:03}"
    return Device(
        id=f"tl04-{code}-{number:04}", kind=code, site="tl04", building=building,
        place=f"{building}-{flat}" if flat else building,
        flat=f"{building}-{flat}" if flat else "", **more,
    )  # fmt: skip


def _changes(
    devices: list[Device], rules: Iterable[Rule], said: Sequence[Said], flags: tuple[str, ...],
    wait: float,
) -> list[AlertChange]:  # fmt: skip
    book = Book().devices(*devices).rules(*(rule.text for rule in rules))
    for name, members in LISTS.items():
        book.change(ListSet(name, add=members))
    for flag in flags:
        book.change(FlagSet(flag, on=True))
    for second, device, fields in sorted(said, key=lambda one: one[0]):
        book.pack({"device": device.id, **fields}, at=round(second * 1000))
    book.tick(at=round((max(second for second, _, _ in said) + wait) * 1000))
    changes = play(book)
    for change in changes:
        gap = "—"  # what the engine writes where it knows no value
        assert change.what == "cleared" or gap not in change.zh + change.en, change
    return changes


def _worst(changes: list[AlertChange]) -> set[tuple[str, str, str]]:
    worst: dict[tuple[str, str], int] = {}
    for change in changes:
        about = change.rule, change.subject
        worst[about] = max(worst.get(about, 0), LEVELS.index(change.level))
    return {(rule, LEVELS[level], subject) for (rule, subject), level in worst.items()}
