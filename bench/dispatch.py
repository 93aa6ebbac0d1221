"""How long it takes to say who should go where, and how much better that is than by hand.

    python -m bench.dispatch

For each size: orders around an invented neighbourhood of two kilometres, people of three units.
Printed: seconds of the flow (`assign`) and of one order after the other (`in_turn`), what waits,
and what each plan costs; then rounds of one person, by the solver and by limit; and small rounds
beside every order of stops there is. Costs are minutes, as in `city/dispatch/problem.py`.
"""

from __future__ import annotations

import importlib.metadata
import random
import statistics
import time
from collections.abc import Callable
from itertools import permutations
from typing import TypeVar

from bench.machine import describe
from xiuhua.city.dispatch import rounds
from xiuhua.city.dispatch.assigning import Plan, assign, in_turn
from xiuhua.city.dispatch.problem import Order, Person, Weights

SIZES = [(50, 20), (50, 100), (500, 20), (500, 100), (2000, 20), (2000, 100)]
STOPS = [5, 10, 20, 50]
SMALL, TRIED = 7, 50
TEAMS = ("property", "repair", "guard")
T = TypeVar("T")


def main() -> None:
    """Print one line for each size."""
    print(f"{describe()}, ortools {importlib.metadata.version('ortools')}")
    for many, there in SIZES:
        print(_assigned(many, there))
    for stops in STOPS:
        print(_went_round(stops))
    print(_small())


def _assigned(many: int, there: int) -> str:
    chance = random.Random(7)
    orders = [_order(chance, f"o{n}") for n in range(many)]
    people = [_person(chance, f"p{n}", room=-(-many // there) + 2) for n in range(there)]
    flow, by_flow = _timed(lambda: assign(orders, people))
    hand, by_hand = _timed(lambda: in_turn(orders, people))
    return (
        f"{many:4} orders, {there:3} people: flow {flow:6.3f} s, {_told(by_flow)}; "
        f"in turn {hand:6.3f} s, {_told(by_hand)}"
    )


def _told(plan: Plan) -> str:
    goes = [told.best for told in plan.proposals if told.best]
    way, waits = sum(one.way for one in goes), len(plan.proposals) - len(goes)
    return f"{waits} wait, cost {plan.cost:.0f} (way {way:.0f})"


def _went_round(stops: int) -> str:
    chance = random.Random(stops)
    orders = [_order(chance, f"o{n}") for n in range(stops)]
    person = _person(chance, "p", room=stops)
    took, found = _timed(lambda: rounds.plan(person, orders))
    simple = rounds.by_limit(person, orders)
    return f"round of {stops:2} stops: {took:6.3f} s, {_walked(found)}; by limit {_walked(simple)}"


def _walked(one: rounds.Round) -> str:
    return f"way {one.way:.0f}, late {one.late:.0f}, cost {one.cost:.0f}"


def _small() -> str:
    dearer, best_found = [], 0
    for seed in range(TRIED):
        chance = random.Random(seed)
        orders = [_order(chance, f"o{n}") for n in range(SMALL)]
        person = _person(chance, "p", room=SMALL)
        every = permutations(range(SMALL))
        best = min(rounds.walk(person, orders, row, Weights()).cost for row in every)
        cost = rounds.plan(person, orders).cost
        best_found += cost <= best + 0.01
        dearer.append(cost / best - 1)
    mean, worst = 100 * statistics.mean(dearer), 100 * max(dearer)
    return (
        f"{TRIED} rounds of {SMALL} stops: {best_found} the best of all {SMALL}! orders, "
        f"on average {mean:.2f} % dearer, at worst {worst:.1f} %"
    )


def _order(chance: random.Random, name: str) -> Order:
    return Order(
        id=name,
        lon=chance.uniform(121.41, 121.43),
        lat=chance.uniform(31.16, 31.18),
        due=chance.choice([None, chance.uniform(-60, 240)]),
        work=chance.uniform(5, 40),
        teams=tuple(chance.sample(TEAMS, 2)),
        life_safety=chance.random() < 0.02,
    )


def _person(chance: random.Random, name: str, room: int) -> Person:
    return Person(
        id=name,
        lon=chance.uniform(121.41, 121.43),
        lat=chance.uniform(31.16, 31.18),
        team=chance.choice(TEAMS),
        until=480.0,
        free_in=chance.uniform(0, 30),
        load=chance.randrange(4),
        room=room,
    )


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


if __name__ == "__main__":
    main()
