"""Many orders at once: the laws of a plan, and that none is cheaper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.city.dispatch.assigning import Plan, assign, in_turn
from xiuhua.city.dispatch.problem import Order, Person, Weights, Why, offer, ways

from .neighbourhood import TEAMS, order, orders, people, person

NEAR, FAR = {"lon": 121.421}, {"lon": 121.43}


def test_the_nearest_goes_and_the_next_is_second_best() -> None:
    (told,) = assign([order()], [person("far", **FAR), person("near", **NEAR)]).proposals
    assert told.best is not None and told.second is not None
    assert (told.best.person, told.second.person) == ("near", "far")
    assert told.extra == pytest.approx(told.second.way - told.best.way)
    assert told.best.way == pytest.approx(95.1 * 1.35 / 200, rel=0.01)  # metres of 0.001 degrees


def test_work_spreads_before_somebody_drowns() -> None:
    some = [order(f"o{n}") for n in range(4)]
    plan = assign(some, [person("here", room=9), person("near", room=9, **NEAR)])
    given_to = Counter(told.best.person for told in plan.proposals if told.best)
    assert given_to == {"here": 2, "near": 2}


def test_the_units_in_their_order_unless_the_way_is_much_longer() -> None:
    asked = order(teams=("repair", "property"))
    near, main = person("near", **NEAR), person("main", team="repair", lon=121.43)
    (told,) = assign([asked], [near, main]).proposals
    assert told.best is not None and told.best.person == "main"
    away = person("main", team="repair", lon=121.52)
    (told,) = assign([asked], [near, away]).proposals
    assert told.best is not None and (told.best.person, told.best.rank) == ("near", 1)


@pytest.mark.parametrize(
    ("asked", "there", "why"),
    [
        (order(), person(team="guard"), Why.NOBODY),
        (order(skills=frozenset({"gas"})), person(), Why.SKILL),
        (order(work=30.0), person(until=20.0), Why.TURN_ENDS),
        (order(), person(room=0), Why.FULL),
    ],
)
def test_why_an_order_waits(asked: Order, there: Person, why: Why) -> None:
    (told,) = assign([asked], [there]).proposals
    assert (told.best, told.held) == (None, why)


def test_a_risk_to_life_asks_for_no_room_and_no_end_of_a_turn() -> None:
    fire = order("fire", life_safety=True, work=60.0)
    plan = assign([order("lamp"), fire], [person(room=0, until=10.0)])
    assert [told.held for told in plan.proposals] == [Why.TURN_ENDS, None]


def test_a_team_gets_no_more_than_it_has_left_but_for_a_risk_to_life() -> None:
    some = [order("a"), order("b", due=60.0), order("fire", life_safety=True)]
    plan = assign(some, [person("one"), person("two", **NEAR)], {"property": 2})
    assert [told.held for told in plan.proposals] == [Why.FULL, None, None]


def test_where_there_is_room_for_one_the_most_pressing_goes() -> None:
    some = [order("calm", due=400.0), order("late", due=-30.0), order("soon", due=60.0)]
    plan = assign(some, [person(room=1)])
    assert [told.order for told in plan.proposals if told.best] == ["late"]


@settings(max_examples=40)
@given(orders(4), people(3), st.dictionaries(st.sampled_from(TEAMS), st.integers(0, 2)))
def test_no_plan_is_cheaper(some: list[Order], there: list[Person], left: dict[str, int]) -> None:
    for urgent in (True, False):
        alike = [one for one in some if one.life_safety == urgent]
        plan = assign(alike, there, left)
        assert plan.optimal
        assert _no_dearer(plan, min(_every(alike, there, left)))
        assert _no_dearer(plan, _rank(in_turn(alike, there, left)))


@settings(max_examples=30)
@given(orders(25), people(8))
def test_what_holds_for_every_plan(some: list[Order], there: list[Person]) -> None:
    plan = assign(some, there)
    _keeps_the_laws(plan, some, there)
    _keeps_the_laws(in_turn(some, there), some, there)
    assert assign(some, there) == plan
    usual = [one for one in some if not one.life_safety]
    assert _no_dearer(assign(usual, there), _rank(in_turn(usual, there)))


Rank = tuple[int, float]
"""How many orders wait, and what it all costs."""


def _rank(plan: Plan) -> Rank:
    return sum(told.best is None for told in plan.proposals), plan.cost


def _no_dearer(plan: Plan, other: Rank) -> bool:
    """But for what rounding to thousandths leaves."""
    return _rank(plan) <= (other[0], other[1] + 0.1)


def _keeps_the_laws(plan: Plan, some: list[Order], there: list[Person]) -> None:
    assert [told.order for told in plan.proposals] == [one.id for one in some]
    by_name, usual = {one.id: one for one in there}, Counter[str]()
    for told, asked in zip(plan.proposals, some, strict=True):
        assert (told.best is None) == (told.held is not None)
        for one in filter(None, (told.best, told.second)):
            goes = by_name[one.person]
            assert goes.team in asked.teams and asked.skills <= goes.skills
            assert asked.life_safety or one.done <= goes.until
        if told.best and told.second:
            assert told.best.person != told.second.person
        if told.best and not asked.life_safety:
            usual[told.best.person] += 1
        if asked.life_safety:
            assert told.held in {None, Why.NOBODY, Why.SKILL}
    urgent = {told.best.person for told, asked in zip(plan.proposals, some, strict=True)
              if told.best and asked.life_safety}  # fmt: skip
    assert all(usual[name] <= by_name[name].room for name in usual if name not in urgent)


def _every(some: list[Order], there: list[Person], left: dict[str, int]) -> Iterator[Rank]:
    """What each plan costs that there could be, reckoned the long way."""
    weights = Weights()
    way = ways(some, there, weights)
    for choice in product([None, *there], repeat=len(some)):
        cost, held, loads = 0.0, 0, Counter[str]()
        for at, (asked, goes) in enumerate(zip(some, choice, strict=True)):
            each = dict(zip((one.id for one in there), way[at], strict=True))
            able = [one for one in there if _may(asked, one, each[one.id])]
            if goes is None:
                held += 1
                cost += _waits(asked, able, each) if able else 0.0
            elif goes in able and (asked.life_safety or loads[goes.id] < goes.room):
                cost += offer(asked, goes, each[goes.id], goes.load + loads[goes.id], weights).cost
                loads[goes.id] += 1
            else:
                break
        else:
            sent = Counter(
                goes.team
                for goes, asked in zip(choice, some, strict=True)
                if goes and not asked.life_safety
            )
            if all(sent[team] <= most for team, most in left.items()):
                yield held, cost


def _waits(asked: Order, able: list[Person], way: dict[str, float]) -> float:
    weights = Weights()
    best = min(
        (offer(asked, one, way[one.id], one.load, weights) for one in able),
        key=lambda one: one.cost,
    )
    late = 0.0 if asked.due is None else max(0.0, best.done + weights.wait - asked.due)
    return best.cost + weights.late * late


def _may(asked: Order, one: Person, way: float) -> bool:
    done = max(asked.opens, one.free_in + way) + asked.work
    fits = one.team in asked.teams and asked.skills <= one.skills
    return fits and (asked.life_safety or (done <= one.until and one.room > 0))
