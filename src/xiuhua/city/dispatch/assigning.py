"""Many orders at once: who goes where at the least cost for all, and why this one.

A minimum-cost flow (OR-Tools) from orders to people and on to their teams. Each order a person
takes on top of those in hand costs `load` more than the one before, so work spreads by itself; an
order that nobody has room for flows past everybody at a cost higher than any person's. The optimum
of a flow is whole-numbered and found without a limit of time, so the same question always has the
same answer. Risks to life go first and by themselves: they ask for no room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    orders: Sequence[Order],
    people: Sequence[Person],
    left: Mapping[str, int] | None = None,
    weights: Weights | None = None,
) -> Plan:
    """The cheapest plan. Every order stands in it once; nobody lacks a skill, and nobody gets more
    than they have room for or works past their turn, and no team more than it has `left`, except
    where a life may be at risk."""
    table = _Table(orders, people, left, weights)
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
    orders: Sequence[Order],
    people: Sequence[Person],
    left: Mapping[str, int] | None = None,
    weights: Weights | None = None,
) -> Plan:
    """What a dispatcher would do by hand: the most pressing order first, each to whoever is
    cheapest then. The measure that `assign` is never worse than, and its stand-in."""
    table = _Table(orders, people, left, weights)
    pressing = sorted(range(len(orders)), key=lambda at: _pressing(orders[at]))
    return table.plan(_greedy(table, pressing, {}), optimal=False)


def _pressing(order: Order) -> tuple[bool, float]:
    return not order.life_safety, order.due if order.due is not None else float("inf")


def _cost(one: Offer) -> tuple[float, str]:
    return one.cost, one.person


class _Table:
    """Who could take what, and at which cost with nothing new in hand."""

    def __init__(
        self,
        orders: Sequence[Order],
        people: Sequence[Person],
        left: Mapping[str, int] | None,
        weights: Weights | None,
    ) -> None:
        self.orders, self.people, self.left = orders, people, left or {}
        self.weights = weights or Weights()
        self.way = ways(orders, people, self.weights).tolist()
        sieved = [sieve(order, people, way) for order, way in zip(orders, self.way, strict=True)]
        self.able = [able for able, _ in sieved]
        self.why = [why for _, why in sieved]

    def offer(self, order: int, person: int, more: int = 0) -> Offer:
        """With `more` new orders in hand besides."""
        one = self.people[person]
        load = one.load + more
        return offer(self.orders[order], one, self.way[order][person], load, self.weights)

    def room(self, person: int, given: Counter[int]) -> int:
        """How many usual orders more this person can get, with what everybody has been given."""
        team = self.people[person].team
        own = self.people[person].room - given[person]
        return max(0, min(own, self.team_room(team, given)))

    def team_room(self, team: str, given: Counter[int]) -> int:
        """How many usual orders more this team can get."""
        if team not in self.left:
            return len(self.orders)
        used = sum(n for person, n in given.items() if self.people[person].team == team)
        return max(0, self.left[team] - used)

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
            if other != person and (urgent or self.room(other, given))
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
    urgent = table.orders[some[0]].life_safety
    flow = SimpleMinCostFlow()
    teams = {team: at for at, team in enumerate(sorted({one.team for one in table.people}))}
    person_node, team_node = len(some), len(some) + len(table.people)
    sink = team_node + len(teams)
    pairs: dict[int, tuple[int, int]] = {}
    dearest, asked = 0, Counter[int]()
    for at, order in enumerate(some):
        for person in table.able[order]:
            cost = round(SCALE * table.offer(order, person).cost)
            arc = flow.add_arc_with_capacity_and_unit_cost(at, person_node + person, 1, cost)
            pairs[arc] = order, person
            dearest, asked[person] = max(dearest, cost), asked[person] + 1
    step = round(SCALE * table.weights.load)
    for person, most in asked.items():
        to = team_node + teams[table.people[person].team]
        for more in range(most if urgent else min(most, table.room(person, given))):
            extra = step * (given[person] + more)
            flow.add_arc_with_capacity_and_unit_cost(person_node + person, to, 1, extra)
            dearest = max(dearest, extra)
    for team, at in teams.items():
        room = len(some) if urgent else min(len(some), table.team_room(team, given))
        flow.add_arc_with_capacity_and_unit_cost(team_node + at, sink, room, 0)
    waits = {
        at: round(SCALE * table.waiting(one)) for at, one in enumerate(some) if table.able[one]
    }
    worst = 1 + (2 * dearest + max(waits.values(), default=0)) * len(some)
    for at in range(len(some)):
        flow.add_arc_with_capacity_and_unit_cost(at, sink, 1, worst + waits.get(at, 0))
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
            if table.orders[order].life_safety or table.room(person, given)
        ]
        if free:
            cheapest = min(
                free,
                key=lambda one: (table.offer(order, one, given[one]).cost, table.people[one].id),
            )
            found[order] = cheapest
            given[cheapest] += 1
    return found
