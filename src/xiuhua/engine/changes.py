"""What the engine says: changes of alerts. Everything that follows hangs on these."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Level: TypeAlias = Literal["warn", "serious", "critical"]
"""预警, 严重, 紧急, in rising order."""

LEVELS: tuple[Level, ...] = ("warn", "serious", "critical")

What: TypeAlias = Literal["raised", "level", "joined", "grown", "cleared"]
"""`joined`: it has become one of a storm; `grown`: a storm has twice as many as were last told. The
level is as it was."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why: the reading that decided, the moment the condition began, the rule's numbers.

    `values` are the kind's numeric, boolean and choice fields by name; tokens never stand here.
    """

    values: dict[str, float | bool | str | None] = {}
    params: dict[str, float] = {}
    since: int = 0


class AlertChange(msgspec.Struct, frozen=True):
    """One change of one alert.

    `parent` is the alert of the storm that it belongs to, "" for none; a storm's own alert has
    `children`, how many belonged to it when it changed.

    `id` is UUIDv5 of (log, rule, subject, start); `seq` counts the changes of that alert from 1.
    `time` is event time, `position` the log position at which it was decided. `subject` is a
    device's id or a place's code; `device` and `place` say where to look either way.
    """

    id: str
    seq: int
    what: What
    rule: str
    version: int
    subject: str
    device: str
    place: str
    site: str
    level: Level
    start: int
    time: int
    position: int
    evidence: Evidence
    zh: str
    en: str
    parent: str = ""
    children: int = 0
