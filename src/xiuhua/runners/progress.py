"""How far a long command has come: one line on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

WIDTH = 24
EVERY = 0.2
"""Seconds between two looks of the line."""


class Bar:
    """A line over itself: how much, how fast, how long still. `total` 0: nobody knows."""

    def __init__(self, out: TextIO, total: int, clock: Callable[[], float]) -> None:
        self._out = out
        self._total = total
        self._clock = clock
        self._began = clock()
        self._shown = self._began
        self._alive = out.isatty()

    def __call__(self, done: int) -> None:
        """So many readings are done."""
        now = self._clock()
        if self._alive and now - self._shown >= EVERY:
            self._shown = now
            self._out.write(f"\r\x1b[K{self.line(done, now - self._began)}")
            self._out.flush()

    def end(self) -> None:
        """Leave the line clean for what is printed next."""
        if self._alive:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def line(self, done: int, seconds: float) -> str:
        """What the line says after so many seconds."""
        pace = done / seconds if seconds else 0.0
        said = f"{done:,} readings, {pace:,.0f}/s"
        if not self._total:
            return said
        share = min(1.0, done / self._total)
        filled = round(share * WIDTH)
        left = f", {(self._total - done) / pace:.0f} s left" if pace and share < 1 else ""
        return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%}  {said}{left}"
