"""A manifest in a JSON file: for a history without a city, as the simulator makes one."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from .ending import Ended, Why
from .parts import Part

MANIFEST, LEDGER = "manifest.json", "ledger.ndjson"
"""Beside an archive's parts: which there are; and which devices, lists and rules there were, as
control records, one a line."""

_decoder = msgspec.json.Decoder(list[Part])


class ManifestFile:
    """Names the parts of a history. One process writes it; any number read it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def parts(
        self, *, kind: str = "", site: str = "", since: int | None = None, until: int | None = None
    ) -> list[Part]:
        """The parts that may hold readings of that kind and site between two event times, ms."""
        return [
            part
            for part in self._all()
            if kind in {"", part.kind}
            and site in {"", part.site}
            and (since is None or part.until >= since)
            and (until is None or part.since <= until)
        ]

    def add(self, parts: Iterable[Part]) -> None:
        """Name these parts; one named already is named once."""
        self.replace(parts, ())

    def replace(self, new: Iterable[Part], old: Collection[Part]) -> None:
        """Name the new parts in the place of the old ones, in one step."""
        gone = {part.path for part in old}
        named = {part.path: part for part in self._all() if part.path not in gone}
        named |= {part.path: part for part in new}
        self._write(sorted(named.values(), key=lambda part: (part.day, part.path)))

    def end(self, ended: Ended, why: Why) -> None:  # noqa: ARG002
        """Drop what has ended. An archive in files keeps no proof of that: the city's does."""
        self.replace([ended.left] if ended.left else [], [ended.part])

    def _all(self) -> list[Part]:
        try:
            return _decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return []

    def _write(self, parts: list[Part]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(msgspec.json.encode(parts))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
