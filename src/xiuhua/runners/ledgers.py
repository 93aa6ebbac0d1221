"""The ledger, the lists and the rules in force for a past that has no house of its own.

A neighbourhood's folder; a `devices.csv` alone; or NDJSON of control records, one a line, as the
simulator puts them beside an archive (`ledger.ndjson`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from xiuhua import neighbourhood
from xiuhua.engine import control
from xiuhua.engine.control import Device, LedgerSet, ListSet
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.rules import Rule, default_rules, parse
from xiuhua.tokens import plate_token, site_key

from .sources import NothingToReplay

_VEHICLES = "vehicles@"


@dataclass(slots=True)
class Known:
    """Who there is, and by which rules they are judged; `changes` make the ledger anew."""

    changes: list[control.Change] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def ledger(self) -> Ledger:
        """A ledger of its own for each fold."""
        ledger = Ledger()
        for change in self.changes:
            match change:
                case LedgerSet():
                    ledger.put(change)
                case control.LedgerRemove():
                    ledger.remove(change)
                case ListSet():
                    ledger.change_list(change)
        return ledger


def read(path: Path, master: bytes | None = None) -> Known:
    """What a folder or file knows. `master` is the key under which a house made plates tokens:
    with it a list of plates knows both. Raises NothingToReplay, PilotError and RuleError."""
    if path.is_dir():
        return _of_folder(path, master)
    try:
        if path.suffix == ".csv":
            return Known([_devices(neighbourhood.load_devices(path))], default_rules())
        return _of_lines(path)
    except OSError as error:
        raise NothingToReplay(f"The ledger {path} cannot be read: {error.strerror}.") from error


def _of_folder(folder: Path, master: bytes | None) -> Known:
    hood = neighbourhood.load(folder)
    known = Known([_devices(hood.devices)], default_rules())
    for name, members in hood.lists.items():
        site = name.removeprefix(_VEHICLES)
        tokens = _tokens(site, members, master) if site != name else ()
        known.changes.append(ListSet(name, add=(*members, *tokens)))
    known.rules += [rule for text in hood.rules.values() for rule in parse(text)]
    return known


def _of_lines(path: Path) -> Known:
    known = Known()
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            change = control.decode(line)
        except msgspec.DecodeError as error:
            raise NothingToReplay(
                f"The ledger {path}, line {number}, is no control record ({error}); "
                "nothing was replayed."
            ) from error
        if isinstance(change, control.RulesSet):
            known.rules += [
                r for version, text in change.rules for r in parse(text, version=version)
            ]
        else:
            known.changes.append(change)
    return known


def _tokens(site: str, plates: Iterable[str], master: bytes | None) -> list[str]:
    if master is None:
        return []
    key = site_key(master, site)
    return [plate_token(key, plate) for plate in plates]


def _devices(rows: Iterable[neighbourhood.Device]) -> LedgerSet:
    return LedgerSet(
        tuple(
            Device(
                id=row.id, kind=row.kind, site=row.site, place=row.place, building=row.building,
                flat=row.flat, tags=row.tags, params=row.params,
            )
            for row in rows
        )
    )  # fmt: skip
