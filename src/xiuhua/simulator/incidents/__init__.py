"""What goes wrong in a neighbourhood, and what only looks like it. One file an incident, found by
itself: a script says what it is, how often it comes, whom it needs; a plot is one of its runs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from xiuhua.simulator.chance import chance, trait
from xiuhua.simulator.rhythm import SECOND
from xiuhua.simulator.signals import Scene

from .acts import Act
from .when import When


class Coded(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Coded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """The call to begin at `at` (epoch ms). `pace` shortens what would take its time: 1 is
    natural, 0.1 ten times as fast. `place` or a device's id narrows the choice, empty: anywhere."""

    seed: int
    id: str
    at: int
    pace: float = 1.0
    place: str = ""

    def pick(self, candidates: Iterable[T], salt: str = "") -> T | None:
        """One of them, or None if there is none: a further candidate does not move the choice
        among the others."""
        fit = [one for one in candidates if self.place in ("", *_names(one))]
        return max(fit, key=lambda one: trait(self.seed, self.id, salt, one.id), default=None)

    def chance(self, *matter: str | int) -> np.random.Generator:
        return chance(self.seed, self.id, *matter)

    def after(self, seconds: float) -> int:
        """The time so many seconds after the beginning, at this pace."""
        return self.at + int(seconds * self.pace * SECOND)


def _names(one: Coded) -> set[str]:
    places = (getattr(one, name, "") for name in ("site", "building", "flat", "place"))
    return {one.id, *places} - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One run: where, until when (epoch ms), and what it does to whom."""

    place: str
    until: int
    acts: tuple[Act, ...]


Plan: TypeAlias = Callable[[Scene, Cue], Plot | None]
"""A script's run at that cue, or None where the neighbourhood lacks what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A kind of incident. `when` says how often it comes by itself, `expected` which rules must
    raise an alert at its natural pace, `also` which others may; of a `lookalike` none may. `quick`
    ones show within a minute or so."""

    code: str
    zh: str
    en: str
    plan: Plan
    when: When
    expected: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    lookalike: bool = False
    quick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One run of a script, as the ground truth knows it. Times are epoch ms."""

    id: str
    script: Script
    place: str
    since: int
    until: int
    acts: tuple[Act, ...]

    @property
    def devices(self) -> tuple[str, ...]:
        """Who is touched, each once, in the order of the acts."""
        return tuple(dict.fromkeys(act.device for act in self.acts))


_scripts: dict[str, Script] = {}


def script(
    code: str,
    *,
    zh: str,
    en: str,
    when: When,
    expected: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    lookalike: bool = False,
    quick: bool = False,
) -> Callable[[Plan], Plan]:
    """Register a script by its plan. Raises ValueError if the code is taken."""

    def register(plan: Plan) -> Plan:
        if code in _scripts:
            raise ValueError(f"incident {code!r} is registered twice; give one another code")
        _scripts[code] = Script(
            code=code, zh=zh, en=en, plan=plan, when=when,
            expected=expected, also=also,
            lookalike=lookalike, quick=quick,
        )  # fmt: skip
        return plan

    return register


def scripts() -> Mapping[str, Script]:
    """Every known script by code, in order of code."""
    return MappingProxyType(dict(sorted(_scripts.items())))


def run(scene: Scene, which: Script, cue: Cue) -> Incident | None:
    """The script's incident at that cue, or None where the neighbourhood lacks what it needs."""
    plot = which.plan(scene, cue)
    if plot is None:
        return None
    return Incident(
        id=cue.id, script=which, place=plot.place, since=cue.at, until=plot.until, acts=plot.acts
    )


def load() -> None:
    """Find the built-in scripts. Safe to call again."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
