"""What a broker brings in: `xiuhua bridge`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xiuhua.bridge import config, run
from xiuhua.bridge.errors import BridgeError
from xiuhua.processes import stop_on_signals

__all__ = ["BridgeError", "bridge"]


def bridge(file: Path, home: Path, say: Callable[[str], None], *, only_check: bool) -> None:
    """Run the bridge of a file until SIGTERM or Ctrl-C. Raises BridgeError."""
    known = config.read(file)
    for line in run.described(known):
        say(line)
    if not only_check:
        run.run(known, home, stop_on_signals())
