"""One person's round: all stops once, in time where it can be, and short."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings

from xiuhua.city.dispatch.problem import Order, Weights
from xiuhua.city.dispatch.rounds import by_limit, plan, walk

from .neighbourhood import order, orders, person


def names(some: list[Order]) -> list[str]:
    return [stop.order for stop in plan(person(), some).stops]


def test_along_the_street_and_not_back_and_forth() -> None:
    street = [order(f"{n}", lon=121.42 + n / 1000, due=None) for n in (3, 1, 4, 2)]
    assert names(street) == ["1", "2", "3", "4"]


def test_what_is_due_comes_before_what_is_near() -> None:
    assert names([order("near", due=400.0), order("due", lon=121.43, due=25.0)]) == ["due", "near"]


def test_a_risk_to_life_is_reached_before_another_is_late() -> None:
    some = [order("lamp", due=21.0), order("fire", due=21.0, life_safety=True)]
    assert names(some) == ["fire", "lamp"]


def test_nobody_stands_before_a_closed_door_while_there_is_other_work() -> None:
    assert names([order("at-ten", opens=60.0), order("now", lon=121.422)]) == ["now", "at-ten"]


def test_an_empty_round() -> None:
    assert plan(person(), []).stops == []


@settings(max_examples=30, deadline=None)
@given(orders(6))
def test_each_stop_once_and_never_dearer_than_by_limit(some: list[Order]) -> None:
    found = plan(person(), some)
    assert sorted(stop.order for stop in found.stops) == sorted(one.id for one in some)
    assert found.cost <= by_limit(person(), some).cost
    assert found == plan(person(), some)
    now = 0.0
    for stop in found.stops:
        assert stop.arrives == pytest.approx(now + stop.way)
        assert stop.begins >= stop.arrives
        now = stop.done


@settings(max_examples=30, deadline=None)
@given(orders(4))
def test_near_the_best_there_is(some: list[Order]) -> None:
    every = permutations(range(len(some)))
    best = min(walk(person(), some, row, Weights()).cost for row in every)
    assert plan(person(), some).cost <= 1.5 * best + 1
