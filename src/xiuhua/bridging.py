"""What goes in and what does not: `xiuhua bridge` and `xiuhua rejected`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xiuhua.bridge import config, run
from xiuhua.bridge.errors import BridgeError
from xiuhua.epoch import SHANGHAI, moment
from xiuhua.log.base import Rejected
from xiuhua.log.database import open_reader
from xiuhua.processes import stop_on_signals

__all__ = ["BridgeError", "bridge", "refusals"]


def bridge(file: Path, home: Path, say: Callable[[str], None], *, only_check: bool) -> None:
    """Run the bridge of a file until SIGTERM or Ctrl-C. Raises BridgeError."""
    known = config.read(file)
    for line in run.described(known):
        say(line)
    if not only_check:
        run.run(known, home, stop_on_signals())


def refusals(log: str, *, device: str, limit: int) -> list[str]:
    """The newest messages that could not be taken, a line each. Raises LogUnavailable."""
    with open_reader(log) as reader:
        return [_line(kept.message) for kept in reader.rejected.find(device=device, limit=limit)]


def _line(message: Rejected) -> str:
    at = moment(message.at).astimezone(SHANGHAI)
    who = message.device or message.speaker
    return f"{at:%m-%d %H:%M:%S} {message.door} {who} {message.reason}: {message.detail}"
