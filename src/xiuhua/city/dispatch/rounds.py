"""One person's round: in which order to go to what they have in hand (OR-Tools' routing).

The cheapest round counts each minute of way once and each minute of being late `Weights.late`
times, ten times more for a risk to life, and a little each minute until all is done, so that nobody
stands before a closed door while there is other work. The search takes only improving steps from a
fixed beginning until none is left, so the same orders give the same round; `LONGEST` only guards
against the unforeseen. Mostly that is the optimum for a day's work, and always at least `by_limit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from .problem import F64, Order, Person, Weights, ways

SCALE = 60
"""The solver counts in whole seconds."""
LONGEST = 10
"""Seconds; `make bench-dispatch` says how long rounds take."""
LIFE = 10.0
"""So many times heavier is being late where a life may be at risk."""
TENTHS = 10
"""The solver's costs are tenths: each minute until the end costs one tenth of a minute of way."""


@dataclass(frozen=True)
class Stop:
    """An order on the way: minutes of way to it, when one arrives, begins and is done, how late."""

    order: str
    way: float
    arrives: float
    begins: float
    done: float
    late: float


@dataclass(frozen=True)
class Round:
    """Stops in their order; minutes of way and of being late in all, and what both cost."""

    stops: list[Stop]
    way: float
    late: float
    cost: float


def plan(person: Person, orders: Sequence[Order], weights: Weights | None = None) -> Round:
    """The cheapest round found, and never a dearer one than `by_limit`."""
    weights = weights or Weights()
    simple = by_limit(person, orders, weights)
    if len(orders) < 2:
        return simple
    found = _search(person, orders, weights)
    return min((simple, found), key=lambda one: one.cost) if found else simple


def by_limit(person: Person, orders: Sequence[Order], weights: Weights | None = None) -> Round:
    """Risks to life first, then whatever is due first: how people go who do not plan."""
    far = float("inf")
    pressing = sorted(
        range(len(orders)),
        key=lambda at: (
            not orders[at].life_safety,
            far if orders[at].due is None else orders[at].due,
            orders[at].id,
        ),
    )
    return walk(person, orders, pressing, weights or Weights())


def walk(person: Person, orders: Sequence[Order], row: Sequence[int], weights: Weights) -> Round:
    """The round that goes to these orders, given as positions, one after the other."""
    between = ways([person, *orders], [person, *orders], weights)
    stops, at, now = [], 0, person.free_in
    for one in row:
        order, way = orders[one], float(between[at, one + 1])
        arrives = now + way
        begins = max(arrives, order.opens)
        now, at = begins + order.work, one + 1
        late = max(0.0, now - order.due) if order.due is not None else 0.0
        stops.append(Stop(order.id, way, arrives, begins, now, late))
    way, late = sum(stop.way for stop in stops), sum(stop.late for stop in stops)
    dear = [_dear(orders[one], weights) for one in row]
    cost = way + sum(stop.late * each for stop, each in zip(stops, dear, strict=True))
    return Round(stops, way, late, cost + (now - person.free_in) / TENTHS)


def _dear(order: Order, weights: Weights) -> float:
    return weights.late * (LIFE if order.life_safety else 1.0)


def _search(person: Person, orders: Sequence[Order], weights: Weights) -> Round | None:
    """Node 0 is where the person stands, node n order n - 1, the last node a home that is nowhere:
    a round need not lead back."""
    nodes, home = len(orders) + 2, len(orders) + 1
    index = pywrapcp.RoutingIndexManager(nodes, 1, [0], [home])
    model = pywrapcp.RoutingModel(index)
    between = _seconds(person, orders, weights)
    work = [0, *(round(SCALE * order.work) for order in orders), 0]

    def way(a: int, b: int) -> int:
        return between[index.IndexToNode(a)][index.IndexToNode(b)]

    def spent(a: int, b: int) -> int:
        return work[index.IndexToNode(a)] + way(a, b)

    def dear(a: int, b: int) -> int:
        return TENTHS * way(a, b)

    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitCallback(dear))
    horizon = _horizon(person, orders, between)
    model.AddDimension(model.RegisterTransitCallback(spent), horizon, horizon, False, "time")
    time = model.GetDimensionOrDie("time")
    time.CumulVar(model.Start(0)).SetValue(round(SCALE * person.free_in))
    time.SetSpanCostCoefficientForAllVehicles(1)
    for at, order in enumerate(orders, 1):
        begins = time.CumulVar(index.NodeToIndex(at))
        begins.SetMin(round(SCALE * max(0.0, order.opens)))
        if order.due is not None:
            latest = round(SCALE * (order.due - order.work))
            time.SetCumulVarSoftUpperBound(
                index.NodeToIndex(at), max(0, latest), round(TENTHS * _dear(order, weights))
            )
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    asked.time_limit.seconds = LONGEST
    answer = model.SolveWithParameters(asked)
    if answer is None:
        return None
    row, here = [], answer.Value(model.NextVar(model.Start(0)))
    while not model.IsEnd(here):
        row.append(index.IndexToNode(here) - 1)
        here = answer.Value(model.NextVar(here))
    return walk(person, orders, row, weights)


def _seconds(person: Person, orders: Sequence[Order], weights: Weights) -> list[list[int]]:
    between: F64 = ways([person, *orders], [person, *orders], weights)
    rows: list[list[int]] = (between * SCALE).round().astype(int).tolist()
    return [[*row, 0] for row in rows] + [[0] * (len(orders) + 2)]


def _horizon(person: Person, orders: Sequence[Order], between: list[list[int]]) -> int:
    """No round ends later: everything opens last, and each way is the longest."""
    latest = max(person.free_in, *(order.opens for order in orders))
    return (
        round(SCALE * (latest + sum(order.work for order in orders))) + sum(map(max, between)) + 1
    )
