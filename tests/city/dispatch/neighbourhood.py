"""Invented orders and people for the tests of dispatch."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as some

from xiuhua.city.dispatch.problem import Order, Person

HERE = {"lon": 121.42, "lat": 31.17}
TEAMS, SKILLS = ("property", "repair", "guard"), ("lift", "gas")


def order(name: str = "o", **more: Any) -> Order:
    """An order of the property's, here, due in two hours."""
    usual: dict[str, Any] = {"id": name, "due": 120.0, "teams": ("property",), **HERE}
    return Order(**usual | more)


def person(name: str = "p", **more: Any) -> Person:
    """Somebody of the property's, here, on duty for eight hours."""
    usual: dict[str, Any] = {"id": name, "team": "property", "until": 480.0, "room": 3, **HERE}
    return Person(**usual | more)


def orders(most: int) -> some.SearchStrategy[list[Order]]:
    """Up to so many orders around here, of all sorts."""
    one = some.builds(
        order, lon=some.floats(121.41, 121.43), lat=some.floats(31.16, 31.18),
        due=some.none() | some.floats(-60, 300), work=some.floats(5, 60),
        opens=some.sampled_from([0.0, 0.0, 60.0]), life_safety=some.booleans(),
        teams=some.lists(some.sampled_from(TEAMS), min_size=1, unique=True).map(tuple),
        skills=some.frozensets(some.sampled_from(SKILLS), max_size=1),
    )  # fmt: skip
    return some.lists(one, max_size=most).map(
        lambda found: [Order(**(vars(each) | {"id": f"o{at}"})) for at, each in enumerate(found)]
    )


def people(most: int) -> some.SearchStrategy[list[Person]]:
    """Up to so many people around here."""
    one = some.builds(
        person, lon=some.floats(121.41, 121.43), lat=some.floats(31.16, 31.18),
        team=some.sampled_from(TEAMS), until=some.floats(0, 480), free_in=some.floats(0, 60),
        load=some.integers(0, 4), room=some.integers(0, 3),
        skills=some.frozensets(some.sampled_from(SKILLS)),
    )  # fmt: skip
    return some.lists(one, max_size=most).map(
        lambda found: [Person(**(vars(each) | {"id": f"p{at}"})) for at, each in enumerate(found)]
    )
