"""Many orders at once: who goes where at the least cost for all, and why this one.

A minimum-cost flow (OR-Tools) from orders to people. Each order a person takes on top of those in
hand costs `load` more than the one before, so work spreads by itself; an order that nobody has room
for flows past everybody at a cost higher than any person's. The optimum of a flow is whole-numbered
and found without a limit of time, so the same question always has the same answer. Risks to life go
first and by themselves: they ask for no room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from .problem import Offer, Order, Person, Weights, Why, offer, sieve, ways

SCALE = 1000
"""Costs are whole numbers to the flow: thousandths of a minute."""


@dataclass(frozen=True)
class Proposal:
    """Who should take an order and who would be second best, each with its reasons; `held` says why
    nobody, and is None when somebody goes. `extra` is what the second best would cost more."""

    order: str
    best: Offer | None
    second: Offer | None
    held: Why | None

    @property
    def extra(self) -> float | None:
        """Minutes that the second best would cost more; None without either."""
        return self.second.cost - self.best.cost if self.best and self.second else None


@dataclass(frozen=True)
class Plan:
    """Proposals in the order of the orders; the `cost` of all that go and of all that wait although
    somebody could do them; whether it is the best there is (`optimal`) or only what somebody would
    do who took one order after the other."""

    proposals: list[Proposal]
    cost: float
    optimal: bool


def assign(
    orders: Sequence[Order], people: Sequence[Person], weights: Weights | None = None
) -> Plan:
    """The cheapest plan. Every order stands in it once; nobody gets more than they have room for,
    lacks a skill or works past their turn, except where a life may be at risk."""
    weights = weights or Weights()
    table = _Table(orders, people, weights)
    urgent = [at for at, order in enumerate(orders) if order.life_safety]
    rest = [at for at, order in enumerate(orders) if not order.life_safety]
    taken: dict[int, int] = {}
    optimal = True
    for some in (urgent, rest):
        found = _flow(table, some, taken)
        if found is None:
            optimal = False
            found = _greedy(table, some, taken)
        taken |= found
    return table.plan(taken, optimal=optimal)


def in_turn(
    orders: Sequence[Order], people: Sequence[Person], weights: Weights | None = None
) -> Plan:
    """What a dispatcher would do by hand: the most pressing order first, each to whoever is
    cheapest then. The measure that `assign` is never worse than, and its stand-in."""
    table = _Table(orders, people, weights or Weights())
    pressing = sorted(range(len(orders)), key=lambda at: _pressing(orders[at]))
    return table.plan(_greedy(table, pressing, {}), optimal=False)


def _pressing(order: Order) -> tuple[bool, float]:
    return not order.life_safety, order.due if order.due is not None else float("inf")


def _cost(one: Offer) -> tuple[float, str]:
    return one.cost, one.person


class _Table:
    """Who could take what, and at which cost with nothing new in hand."""

    def __init__(self, orders: Sequence[Order], people: Sequence[Person], weights: Weights) -> None:
        self.orders, self.people, self.weights = orders, people, weights
        self.way = ways(orders, people, weights).tolist()
        sieved = [sieve(order, people, way) for order, way in zip(orders, self.way, strict=True)]
        self.able = [able for able, _ in sieved]
        self.why = [why for _, why in sieved]

    def offer(self, order: int, person: int, more: int = 0) -> Offer:
        """With `more` new orders in hand besides."""
        one = self.people[person]
        load = one.load + more
        return offer(self.orders[order], one, self.way[order][person], load, self.weights)

    def waiting(self, order: int) -> float:
        """What it costs that an order waits: more, the more pressing it is."""
        best = min((self.offer(order, person) for person in self.able[order]), key=_cost)
        due = self.orders[order].due
        late = 0.0 if due is None else max(0.0, best.done + self.weights.wait - due)
        return best.cost + self.weights.late * late

    def plan(self, taken: dict[int, int], *, optimal: bool) -> Plan:
        """The plan in which each order goes to that person; the others wait."""
        given = Counter(taken.values())
        cost = sum(self.offer(order, person).cost for order, person in taken.items())
        cost += sum(self.weights.load * n * (n - 1) / 2 for n in given.values())
        every = range(len(self.orders))
        left = [order for order in every if order not in taken and self.able[order]]
        cost += sum(self.waiting(order) for order in left)
        proposals = [self._proposal(order, taken.get(order), given) for order in every]
        return Plan(proposals, cost, optimal)

    def _proposal(self, order: int, person: int | None, given: Counter[int]) -> Proposal:
        best = None if person is None else self.offer(order, person, given[person] - 1)
        urgent = self.orders[order].life_safety
        others = (
            self.offer(order, other, given[other])
            for other in self.able[order]
            if other != person and (urgent or given[other] < self.people[other].room)
        )
        second = min(others, key=_cost, default=None)
        if best:
            return Proposal(self.orders[order].id, best, second, None)
        return Proposal(
            self.orders[order].id, None, None, Why.FULL if self.able[order] else self.why[order]
        )


def _flow(table: _Table, some: Sequence[int], taken: dict[int, int]) -> dict[int, int] | None:
    """Who takes which of these orders on top of what is taken; None when the solver fails."""
    if not some:
        return {}
    given = Counter(taken.values())
    flow = SimpleMinCostFlow()
    people, sink = len(some), len(some) + len(table.people)
    pairs: dict[int, tuple[int, int]] = {}
    dearest, able = 0, Counter[int]()
    for at, order in enumerate(some):
        for person in table.able[order]:
            cost = round(SCALE * table.offer(order, person).cost)
            arc = flow.add_arc_with_capacity_and_unit_cost(at, people + person, 1, cost)
            pairs[arc] = order, person
            dearest, able[person] = max(dearest, cost), able[person] + 1
    step = round(SCALE * table.weights.load)
    for person, most in able.items():
        for more in range(min(most, _room(table, some, person, given[person]))):
            extra = step * (given[person] + more)
            flow.add_arc_with_capacity_and_unit_cost(people + person, sink, 1, extra)
            dearest = max(dearest, extra)
    waiting = {
        at: round(SCALE * table.waiting(one)) for at, one in enumerate(some) if table.able[one]
    }
    worst = 1 + (2 * dearest + max(waiting.values(), default=0)) * len(some)
    for at in range(len(some)):
        flow.add_arc_with_capacity_and_unit_cost(at, sink, 1, worst + waiting.get(at, 0))
        flow.set_node_supply(at, 1)
    flow.set_node_supply(sink, -len(some))
    if flow.solve() != flow.OPTIMAL:
        return None
    return dict(pair for arc, pair in pairs.items() if flow.flow(arc))


def _greedy(table: _Table, some: Sequence[int], taken: dict[int, int]) -> dict[int, int]:
    """One order after the other, each to whoever is cheapest then."""
    given = Counter(taken.values())
    found: dict[int, int] = {}
    for order in some:
        free = [
            person
            for person in table.able[order]
            if table.orders[order].life_safety or given[person] < table.people[person].room
        ]
        if free:
            cheapest = min(
                free,
                key=lambda one: (table.offer(order, one, given[one]).cost, table.people[one].id),
            )
            found[order] = cheapest
            given[cheapest] += 1
    return found


def _room(table: _Table, some: Sequence[int], person: int, given: int) -> int:
    if table.orders[some[0]].life_safety:
        return len(some)
    return max(0, table.people[person].room - given)
