"""What can go wrong with a bridge before it runs."""

from __future__ import annotations

from pathlib import Path


class BridgeError(Exception):
    """A bridge's file cannot be used; says where in it, and what to write instead."""

    def __init__(self, path: Path, where: str, what: str) -> None:
        super().__init__(f"{path}: {where}: {what}")
