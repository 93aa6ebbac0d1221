"""How far an icon's path reaches: just enough of SVG path data for hand-drawn strokes."""

from __future__ import annotations

import re
from collections.abc import Iterator

TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_PART = re.compile(r"[A-Za-z]|-?(?:\d*\.\d+|\d+)")


def points(path: str) -> Iterator[tuple[float, float]]:
    """Where the pen stands after each stroke. Raises ValueError for what is no path."""
    x = y = 0.0
    start = (0.0, 0.0)
    for command, numbers in _strokes(path):
        base = (x, y) if command.islower() else (0.0, 0.0)
        match command.upper():
            case "Z":
                x, y = start
            case "H":
                x = base[0] + numbers[0]
            case "V":
                y = base[1] + numbers[0]
            case _:
                x, y = base[0] + numbers[-2], base[1] + numbers[-1]
        if command in "Mm":
            start = (x, y)
        yield x, y


def _strokes(path: str) -> Iterator[tuple[str, list[float]]]:
    if re.sub(r"[\s,]", "", _PART.sub("", path)):
        raise ValueError(f"not path data: {path}")
    parts = _PART.findall(path)
    command, at = "", 0
    while at < len(parts):
        if parts[at].isalpha():
            command, at = parts[at], at + 1
        count = TAKES[command.upper()]
        numbers = [float(part) for part in parts[at : at + count]]
        if len(numbers) < count:
            raise ValueError(f"{command} wants {count} numbers: {path}")
        yield command, numbers
        at += count
        command = {"M": "L", "m": "l"}.get(command, command)
