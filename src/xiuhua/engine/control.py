"""Control records: how the rooms' changes reach the engine, in the same order as the readings."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Device(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device as the engine sees it. Places are opaque codes; `site` is the largest scope that a
    rule may join; `building` and `flat` are "" where they do not apply."""

    id: str
    kind: str
    site: str
    place: str
    building: str = ""
    flat: str = ""
    tags: tuple[str, ...] = ()
    params: dict[str, float] = {}


class LedgerSet(msgspec.Struct, frozen=True, tag="ledger.set"):
    """These devices are in the ledger, as they stand here; others stay as they were."""

    devices: tuple[Device, ...]


class LedgerRemove(msgspec.Struct, frozen=True, tag="ledger.remove"):
    """These devices have left the ledger."""

    devices: tuple[str, ...]


class RulesSet(msgspec.Struct, frozen=True, tag="rules.set"):
    """These rules stand from here on, each as TOML with one `[[rule]]`, with its version."""

    rules: tuple[tuple[int, str], ...]


class RulesRemove(msgspec.Struct, frozen=True, tag="rules.remove"):
    """These rules end here; what they raised is cleared."""

    rules: tuple[str, ...]


class ListSet(msgspec.Struct, frozen=True, omit_defaults=True, tag="list.set"):
    """Members come into or go out of a named list (of opaque tokens)."""

    name: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """A place that has parameters of its own, such as how many people it holds. Devices in it
    inherit them where they have none."""

    code: str
    params: dict[str, float]


class PlacesSet(msgspec.Struct, frozen=True, tag="places.set"):
    """These places have these parameters and no others; places that are not named stay."""

    places: tuple[Place, ...]


class CalendarSet(msgspec.Struct, frozen=True, tag="calendar.set"):
    """The whole calendar: working days that are days off, and days off that are worked (调休), as
    ISO dates of Shanghai."""

    holidays: tuple[str, ...]
    workdays: tuple[str, ...]


class FlagSet(msgspec.Struct, frozen=True, tag="flag.set"):
    """A flag that schedules ask for, such as `rain`, is up or down from here on."""

    name: str
    on: bool


class DoorDown(msgspec.Struct, frozen=True, tag="door.down"):
    """Our own door closed at `at`: silence from here on is ours, not the devices'."""

    at: int


class DoorUp(msgspec.Struct, frozen=True, tag="door.up"):
    """Our door opened again at `at`; it had been shut since `since`."""

    at: int
    since: int


class LinkSet(msgspec.Struct, frozen=True, tag="link.set"):
    """The connection through which these devices speak has ended without a farewell (`up` is
    False), or stands again. It is news for people: no rule counts it, silence is counted."""

    devices: tuple[str, ...]
    up: bool


Change: TypeAlias = (
    LedgerSet | LedgerRemove | RulesSet | RulesRemove | ListSet | PlacesSet | CalendarSet | FlagSet
    | DoorDown | DoorUp | LinkSet
)  # fmt: skip

_decoder: msgspec.json.Decoder[Change] = msgspec.json.Decoder(Change)


def encode(change: Change) -> bytes:
    """The change as it stands in a control record."""
    return msgspec.json.encode(change)


def decode(body: bytes) -> Change:
    """The change in a control record; raises msgspec.ValidationError for a foreign body."""
    return _decoder.decode(body)
