"""Which incident comes when: by nature, for a demo, by a script file, or none at all."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from . import incidents
from .chance import chance
from .incidents import Cue, Incident, Script
from .rhythm import DAY, HOUR, SECOND, local_day
from .rows import Span
from .signals import Scene

FIRST = 3 * SECOND
"""When a demo's first incident begins, on the clock on the wall."""
GAP = 40 * SECOND
"""How far apart a demo's incidents begin, on the clock on the wall."""
OPENING = "fire-elder-alone"
LONGEST = 8 * DAY
"""No incident lasts longer."""


class Schedule(Protocol):
    """Knows every incident, before it comes."""

    def between(self, span: Span) -> Sequence[Incident]:
        """The incidents that touch that span, in order of their beginning."""


class Quiet:
    """Nothing happens."""

    def between(self, span: Span) -> Sequence[Incident]:  # noqa: ARG002  a Schedule
        return ()


class Natural:
    """Each script comes by its own `when`, drawn anew for every day."""

    def __init__(self, scene: Scene, *, only_lookalikes: bool = False) -> None:
        self._scene = scene
        self._only_lookalikes = only_lookalikes
        self._days: dict[int, tuple[Incident, ...]] = {}

    def between(self, span: Span) -> Sequence[Incident]:
        first, last = local_day(span.since - LONGEST), local_day(span.until)
        for day in [day for day in self._days if day < first]:
            del self._days[day]
        return _touching(span, (one for day in range(first, last + 1) for one in self._of_day(day)))

    def _of_day(self, day: int) -> tuple[Incident, ...]:
        if day not in self._days:
            self._days[day] = tuple(self._draw(day))
        return self._days[day]

    def _draw(self, day: int) -> Iterator[Incident]:
        scene = self._scene
        for which in incidents.scripts().values():
            if self._only_lookalikes and not which.lookalike:
                continue
            rng = chance(scene.seed, "when", which.code, day)
            for at, moment in enumerate(which.when(scene.weather, day, rng), 1):
                name = f"{which.code}-{date.fromordinal(_EPOCH + day):%Y%m%d}-{at}"
                incident = incidents.run(scene, which, Cue(seed=scene.seed, id=name, at=moment))
                if incident is not None:
                    yield incident


_EPOCH = date(1970, 1, 1).toordinal()


class Demo:
    """A fire first, then something every forty seconds on the wall: all the quick scripts, over
    and over, each round in another order; everyday look-alikes in between."""

    def __init__(self, scene: Scene, *, start: int, speed: float) -> None:
        self._scene = scene
        self._start = start + int(FIRST * speed)
        self._gap = int(GAP * speed)
        self._pace = min(1.0, 0.1 * speed)
        self._everyday = Natural(scene, only_lookalikes=True)
        self._quick = [one for one in incidents.scripts().values() if one.quick]
        self._runs: dict[int, Incident | None] = {}

    def between(self, span: Span) -> Sequence[Incident]:
        first = max(0, (span.since - LONGEST // 16 - self._start) // self._gap)
        last = (span.until - self._start) // self._gap
        runs = (self._run(at) for at in range(first, last + 1))
        shown = [run for run in runs if run is not None]
        return _touching(span, [*shown, *self._everyday.between(span)])

    def _run(self, at: int) -> Incident | None:
        if at not in self._runs:
            which = self._turn(at)
            cue = Cue(
                seed=self._scene.seed,
                id=f"{which.code}-demo-{at + 1}",
                at=self._start + at * self._gap,
                pace=self._pace,
            )
            self._runs[at] = incidents.run(self._scene, which, cue)
        return self._runs[at]

    def _turn(self, at: int) -> Script:
        around, turn = divmod(at, len(self._quick))
        order = chance(self._scene.seed, "round", around).permutation(len(self._quick))
        turns = [self._quick[int(index)] for index in order]
        if around == 0:
            turns.sort(key=lambda one: one.code != OPENING)
        return turns[turn]


class ScriptError(ValueError):
    """A script file that cannot be played."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """One `[[incident]]` of a script file."""

    code: str
    at: str
    place: str = ""
    pace: float = 1.0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    incident: tuple[_Line, ...]


class Scripted:
    """The incidents of a TOML file: `[[incident]]` with `code`, `at` ("+20s", "+2h" after the
    start, or RFC 3339), and if wished `place` (site, building, flat, or a device) and `pace`."""

    def __init__(self, scene: Scene, path: Path, *, start: int) -> None:
        """Raises ScriptError, saying which incident cannot be played and why."""
        try:
            lines = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).incident
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ScriptError(f"{path}: {error}; correct it and start again") from error
        self._incidents = tuple(
            _scripted(scene, f"{path}, incident {at}", line, f"{line.code}-script-{at}", start)
            for at, line in enumerate(lines, 1)
        )

    def between(self, span: Span) -> Sequence[Incident]:
        return _touching(span, self._incidents)


def _scripted(scene: Scene, where: str, line: _Line, name: str, start: int) -> Incident:
    which = incidents.scripts().get(line.code)
    if which is None:
        known = ", ".join(incidents.scripts())
        raise ScriptError(f"{where}: no incident {line.code!r}; there are {known}")
    if not line.pace > 0:
        raise ScriptError(f"{where}: pace {line.pace} must be above 0 (1 is natural)")
    at = _moment(where, line.at, start)
    cue = Cue(seed=scene.seed, id=name, at=at, pace=line.pace, place=line.place)
    incident = incidents.run(scene, which, cue)
    if incident is None:
        place = line.place or "this neighbourhood"
        raise ScriptError(f"{where}: {place} lacks what {line.code!r} needs; name another place")
    return incident


_UNITS = {"s": SECOND, "m": 60 * SECOND, "h": HOUR, "d": DAY}


def _moment(where: str, text: str, start: int) -> int:
    try:
        if text.startswith("+"):
            return start + int(float(text[1:-1]) * _UNITS[text[-1]])
        moment = datetime.fromisoformat(text)
    except (ValueError, KeyError):
        raise ScriptError(
            f'{where}: at = {text!r}; write "+20s", "+5m", "+2h" or RFC 3339'
        ) from None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1_000)


def _touching(span: Span, among: Iterable[Incident]) -> list[Incident]:
    touched = (one for one in among if span.overlaps(one.since, one.until))
    return sorted(touched, key=lambda one: (one.since, one.id))
