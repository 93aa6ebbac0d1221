"""One line a second on standard error: what was handed over and acknowledged, and what comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from xiuhua.epoch import SHANGHAI, moment

from .transports import Counters


class Progress:
    """Writes over its own line on a terminal; elsewhere it writes a line every ten seconds."""

    def __init__(
        self, counters: Counters, now: Callable[[], int], coming: Callable[[], str]
    ) -> None:
        """`now` is simulated time, epoch ms; `coming` names what comes next."""
        self._counters = counters
        self._now = now
        self._coming = coming
        self._before = (0, 0)
        self._alive = sys.stderr.isatty()
        self._every = 1.0 if self._alive else 10.0

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            end = "\r" if self._alive else "\n"
            sys.stderr.write(("\x1b[K" if self._alive else "") + self.line() + end)
            sys.stderr.flush()

    def line(self) -> str:
        counted = self._counters
        sent, known = (
            round((now - before) / self._every)
            for now, before in zip(
                (counted.handed, counted.acknowledged), self._before, strict=True
            )
        )
        self._before = (counted.handed, counted.acknowledged)
        reached = moment(self._now()).astimezone(SHANGHAI)
        parts = [
            f"{reached:%m-%d %H:%M:%S}",
            f"{sent}/s sent, {known}/s acknowledged, {counted.waiting} waiting",
            self._coming(),
        ]
        if counted.turned_away:
            parts.append(f"{counted.turned_away} log-ins refused: check --credentials")
        return " · ".join(part for part in parts if part)


def summary(counters: Counters) -> str:
    """What to say at the end."""
    text = f"{counters.handed} readings sent, {counters.acknowledged} acknowledged"
    if counters.waiting:
        text += f", {counters.waiting} not acknowledged and not kept"
    if counters.broken or counters.again:
        text += f"; {counters.broken} connections broke, {counters.again} readings were sent again"
    return text + "."
