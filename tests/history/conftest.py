"""A small history: two devices, a folder, a manifest in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from xiuhua.engine.records import Data
from xiuhua.history.layout import Home
from xiuhua.history.manifest_file import ManifestFile
from xiuhua.history.parts import Part
from xiuhua.history.reader import History
from xiuhua.history.writer import Writer

NOON = 1_763_870_400_000
"""2025-11-23 12:00 in Shanghai."""
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SMOKE = "tl04-smoke-0007"
DOOR = "tl04-door-0031"
OTHER_SMOKE = "tl01-smoke-0001"


def home_of(device: str) -> Home | None:
    """As the pilot names its devices; nobody knows those of site tl99."""
    site, kind, _ = device.split("-")
    return None if site == "tl99" else Home(kind, site)


def reading(device: str, time: int, **fields: Any) -> bytes:
    """A line as the door writes it."""
    message = {"device": device, "time": time, **fields}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@dataclass
class Past:
    """A history under test and the means to write it."""

    root: Path
    position: int = 0
    manifest: ManifestFile = field(init=False)
    history: History = field(init=False)
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.manifest = ManifestFile(self.root / "manifest.json")
        self.history = History(self.root, self.manifest, home_of)
        self.writer = Writer(self.root, home_of)

    def add(self, *lines: bytes, at: int = NOON, late: tuple[int, ...] = ()) -> None:
        """Let a pack of these lines arrive."""
        self.position += 1
        self.writer.add(Data(self.position, at, len(lines), b"".join(lines)), late)

    def checkpoint(self) -> list[Part]:
        """Write what arrived and name it."""
        parts = self.writer.flush()
        self.manifest.add(parts)
        return parts


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path / "history")


@pytest.fixture
def damage(past: Past) -> Callable[[Part, int], None]:
    """Turn one byte of a part around."""

    def turn(part: Part, at: int) -> None:
        path = past.root / part.path
        content = bytearray(path.read_bytes())
        content[at] ^= 0xFF
        path.write_bytes(content)

    return turn
