"""To standard output: one JSON object a line."""

from __future__ import annotations

from typing import BinaryIO

from . import Counters


class Stdout:
    """Writes to a stream; what the stream took is acknowledged."""

    def __init__(self, out: BinaryIO) -> None:
        self.counters = Counters()
        self._out = out

    async def ready(self) -> None:
        return

    async def send(self, device: str, line: bytes) -> None:  # noqa: ARG002  a Transport
        self._out.write(line + b"\n")
        self.counters.handed += 1
        self.counters.acknowledged += 1

    async def drain(self) -> None:
        self._out.flush()

    async def close(self) -> None:
        self._out.flush()
