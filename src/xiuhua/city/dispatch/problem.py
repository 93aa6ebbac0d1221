"""Orders that wait and people who could take them, and what each pairing would cost.

Times are minutes from now; places are degrees of WGS-84. Costs are minutes too: a minute of way,
and what else weighs as much as so many minutes (`Weights`), so that people can follow the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
EARTH = 6_371_008.8
"""Mean radius, metres."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What a pairing costs besides its way: `late` for each minute after the limit, `rank` for each
    unit passed over in the order of responsibility, `load` for each order that the person already
    has. An order that waits is reckoned to be done `wait` minutes later than it could be. `detour`
    is how much longer a way is than the straight line, `speed` its metres a minute
    (an electric bicycle in a neighbourhood: 12 km/h)."""

    late: float = 3.0
    rank: float = 20.0
    load: float = 15.0
    wait: float = 60.0
    detour: float = 1.35
    speed: float = 200.0


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order that waits. `due`: by when it should be done, None without a limit; `work`: minutes
    on the spot; `opens`: not before; `teams`: whose it is, the main unit first."""

    id: str
    lon: float
    lat: float
    due: float | None
    work: float = 20.0
    opens: float = 0.0
    skills: frozenset[str] = frozenset()
    teams: tuple[str, ...] = ()
    life_safety: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody on duty until `until`, free after `free_in`, with `load` orders in hand and room for
    `room` more."""

    id: str
    lon: float
    lat: float
    team: str
    until: float
    free_in: float = 0.0
    load: int = 0
    room: int = 1
    skills: frozenset[str] = frozenset()


class Why(StrEnum):
    """Why an order waits: the last sieve that nobody passed."""

    NOBODY = "nobody"  # of the units whose it is nobody is on duty
    SKILL = "skill"  # nobody of them can do it
    TURN_ENDS = "turn_ends"  # nobody would be done before their turn of duty ends
    FULL = "full"  # everybody has as much as they may have


@dataclass(frozen=True)
class Offer:
    """A person for an order: minutes of way, when they begin and are done, how late that is, the
    rank of their unit (0: the main one), what they have in hand, and what it costs altogether."""

    order: str
    person: str
    way: float
    begins: float
    done: float
    late: float
    rank: int
    load: int
    cost: float


def ways(froms: Sequence[Order | Person], tos: Sequence[Order | Person], weights: Weights) -> F64:
    """Minutes from each to each, shape (froms, tos): the straight line, lengthened by `detour`."""
    a, b = (np.radians([(at.lon, at.lat) for at in some]).reshape(-1, 2) for some in (froms, tos))
    dlon = a[:, None, 0] - b[None, :, 0]
    dlat = a[:, None, 1] - b[None, :, 1]
    h = (
        np.sin(dlat / 2) ** 2
        + np.cos(a[:, None, 1]) * np.cos(b[None, :, 1]) * np.sin(dlon / 2) ** 2
    )
    metres = 2 * EARTH * np.arcsin(np.sqrt(h))
    return metres * weights.detour / weights.speed


def offer(order: Order, person: Person, way: float, load: int, weights: Weights) -> Offer:
    """What it would be if this person went, with `load` orders in hand."""
    begins = max(order.opens, person.free_in + way)
    done = begins + order.work
    late = max(0.0, done - order.due) if order.due is not None else 0.0
    rank = order.teams.index(person.team)
    cost = way + weights.late * late + weights.rank * rank + weights.load * load
    return Offer(order.id, person.id, way, begins, done, late, rank, load, cost)


def sieve(order: Order, people: Sequence[Person], way: Sequence[float]) -> tuple[list[int], Why]:
    """Who could take an order, as positions in `people`; and if nobody can, why. A risk to life
    asks for no room and no end of a turn."""
    left = [at for at, one in enumerate(people) if one.team in order.teams]
    why = Why.NOBODY
    sieves = [(Why.SKILL, lambda at: order.skills <= people[at].skills)]
    if not order.life_safety:
        sieves += [
            (Why.TURN_ENDS, lambda at: _done(order, people[at], way[at]) <= people[at].until),
            (Why.FULL, lambda at: people[at].room > 0),
        ]
    for reason, passes in sieves:
        if not left:
            break
        left, why = [at for at in left if passes(at)], reason
    return left, why


def _done(order: Order, person: Person, way: float) -> float:
    return max(order.opens, person.free_in + way) + order.work
