"""What a rule is once it has been read: typed, and asked by everything that runs or explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xiuhua.kinds import Kind

from .changes import Level
from .jit import Bools
from .ledger import Roster, Subject
from .operators import Operator
from .records import Millis
from .schedule import ALWAYS, FOREVER, Schedule

SCOPE = {"tags": "tag", "sites": "site", "places": "place", "devices": "id"}
"""What a scope may name, and what a roster calls it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices of the kind: every named list must hold one of the device's own."""

    tags: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()

    def covered(self, roster: Roster) -> Bools:
        """(slots,) to which devices in service the rule applies."""
        covered = roster.in_service()
        for name, sort in SCOPE.items():
            members = getattr(self, name)
            if members:
                covered &= roster.named(sort, members)
        return covered


@dataclass(frozen=True, slots=True)
class LevelRule:
    """One level of a rule and the operator that decides it."""

    level: Level
    operator: Operator


@dataclass(frozen=True, slots=True)
class Storm:
    """So many alerts of the rule up at one `at` (site, building, place), begun within ms of each
    other, get one parent."""

    at_least: int
    within: Millis
    at: Subject


@dataclass(frozen=True, slots=True)
class Flapping:
    """After so many beginnings within ms, an alert's end waits until it has been quiet as long."""

    starts: int
    within: Millis


@dataclass(frozen=True, slots=True)
class Rule:
    """A typed rule. `text` is the TOML that it came from, one `[[rule]]` whole; `kind` the first of
    `kinds`. Rules of one `shape` differ only in words, scope and numbers, and run together."""

    id: str
    version: int
    kinds: tuple[Kind, ...]
    subject: Subject
    zh: str
    en: str
    sentence_zh: str
    sentence_en: str
    levels: tuple[LevelRule, ...]
    params: Mapping[str, float] = field(default_factory=dict)
    params_from: tuple[tuple[Millis, Mapping[str, float]], ...] = ()
    scope: Scope = Scope()
    schedule: Schedule = ALWAYS
    storm: Storm | None = None
    flapping: Flapping | None = None
    life_safety: bool = False
    health: bool = False
    case: str = ""
    text: str = ""
    shape: bytes = b""

    @property
    def kind(self) -> Kind:
        """The kind that the rule is listed under."""
        return self.kinds[0]

    @property
    def joined(self) -> bool:
        """Whether several devices have a say in one alert."""
        return self.subject != "device" or any(level.operator.asks() for level in self.levels)

    def params_at(self, now: Millis) -> dict[str, float]:
        """The rule's own parameters at a moment."""
        own = dict(self.params)
        for since, later in self.params_from:
            if since <= now:
                own |= later
        return own

    def next_edge(self, after: Millis) -> Millis:
        """The next moment at which the clock alone changes what the rule says."""
        dates = (since for since, _ in self.params_from if since > after)
        return min(self.schedule.next_edge(after), min(dates, default=FOREVER))
