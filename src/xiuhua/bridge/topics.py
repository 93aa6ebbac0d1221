"""Which device a topic means: a pattern with placeholders, and the device's id made from them.

`estates/{compound}/{kind}/{number}` with `{compound}-{kind}-{number}` makes
`estates/tl04/smoke/0007` the device `tl04-smoke-0007`. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PLAIN = re.compile(r"[^{}+#*>\s]*")


class BadPattern(ValueError):
    """A pattern or a device's template cannot be used."""


@dataclass(frozen=True, slots=True)
class Route:
    """`filter` is what to subscribe to; `device` gives the id for a topic that fits."""

    filter: str
    levels: re.Pattern[str]
    template: str
    qos: int
    lines: bool

    def device(self, topic: str) -> str | None:
        """The device that the topic means, or None where it does not fit."""
        found = self.levels.fullmatch(topic)
        return self.template.format_map(found.groupdict()) if found else None


def route(pattern: str, device: str, *, between: str, any_one: str, qos: int, lines: bool) -> Route:
    """`between` parts levels (`/` or `.`); `any_one` is the subscriber's word for any level.

    A placeholder stands for a whole level or for a part of one, and never holds a separator.
    Raises BadPattern.
    """
    levels = pattern.split(between)
    if not all(levels):
        raise BadPattern(f"{pattern!r} has an empty level")
    holders: list[str] = []
    for level in levels:
        if not _PLAIN.fullmatch(_HOLDER.sub("", level)):
            raise BadPattern(f"{level!r}: write {{name}} where a level varies, and no wildcards")
        holders += _HOLDER.findall(level)
    if doubled := sorted({each for each in holders if holders.count(each) > 1}):
        raise BadPattern(f"{{{doubled[0]}}} stands twice")
    wanted = _HOLDER.findall(device)
    if "{" in _HOLDER.sub("", device) or "}" in _HOLDER.sub("", device) or not device:
        raise BadPattern(
            f"device {device!r}: write names in braces, such as {{compound}}-{{number}}"
        )
    if missing := sorted(set(wanted) - set(holders)):
        raise BadPattern(f"{{{missing[0]}}} is in the device but not in the pattern")
    return Route(
        filter=between.join(any_one if "{" in level else level for level in levels),
        levels=_expression(pattern, re.escape(between)),
        template=device,
        qos=qos,
        lines=lines,
    )


def _expression(pattern: str, between: str) -> re.Pattern[str]:
    pieces = _HOLDER.split(pattern)  # plain, name, plain, name, … plain
    plain, names = pieces[::2], pieces[1::2]
    text = re.escape(plain[0])
    for name, after in zip(names, plain[1:], strict=True):
        text += f"(?P<{name}>(?:(?!{between}).)+)" + re.escape(after)
    return re.compile(text, re.DOTALL)
