"""Storms: many alerts of one rule at one place, begun close together, are one matter."""

from __future__ import annotations

from typing import TypeAlias

from .decisions import Where
from .ledger import subject_of
from .records import Millis
from .rule import Rule

Key: TypeAlias = tuple[str, str]
"""A rule's id, and what its alert is about."""

STORM_WORDS = {
    "site": ("同一小区或片区", "site"), "building": ("同一楼栋", "building"),
    "flat": ("同一户", "flat"), "place": ("同一处", "place"),
}  # fmt: skip


def area_of(rule: Rule, where: Where) -> Key | None:
    """The rule and the place at which its storms gather there; None where there are none."""
    area = subject_of(where.device, rule.storm.at) if rule.storm else ""
    return (rule.id, area) if area else None


def storm_key(area: Key) -> Key:
    """Under which the storm's own alert is kept, apart from those of subjects of that name."""
    return area[0], f"storm:{area[1]}"


def is_storm(key: Key) -> bool:
    """Whether it is such a key."""
    return key[1].startswith("storm:")


def storm_words(rule: Rule, children: int) -> tuple[str, str]:
    """What a storm's alert says, in Chinese and English."""
    assert rule.storm is not None, "only rules with storms have them"
    zh, en = STORM_WORDS[rule.storm.at]
    return (
        f"{zh}内有 {children} 处同时“{rule.zh}”，很可能是同一个原因。",
        f"{children} at one {en} at once: {rule.en.lower()}; most likely of one cause.",
    )


class Storms:
    """What is up, by rule and area: the subjects, each with the event time at which it began."""

    def __init__(self) -> None:
        self.children: dict[Key, dict[str, Millis]] = {}

    def add(self, area: Key, subject: str, start: Millis) -> None:
        """An alert has begun."""
        self.children.setdefault(area, {})[subject] = start

    def remove(self, area: Key, subject: str) -> int:
        """An alert has ended; returns how many are still up."""
        up = self.children.get(area, {})
        up.pop(subject, None)
        if not up:
            self.children.pop(area, None)
        return len(up)

    def gathers(self, area: Key, rule: Rule, now: Millis) -> bool:
        """Whether enough of them began within the rule's span, with the one that did at `now`."""
        assert rule.storm is not None, "only rules with storms gather them"
        within = rule.storm.within
        near = [s for s in self.children.get(area, {}).values() if abs(s - now) <= within]
        return any(  # a stretch of that length with `now` in it, for one may tell of the past
            sum(since <= start <= since + within for start in near) >= rule.storm.at_least
            for since in near
            if since <= now
        )
