"""From the rooms to the problem: what waits, who is free, and what each has in hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings

from xiuhua.city.alerts import queries as alerts
from xiuhua.city.almanac import queries as almanac
from xiuhua.city.cases import orders as cases
from xiuhua.city.cases.orders import Case
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from .assigning import Plan, Proposal, assign
from .models import Ask, Sending
from .problem import Order, Person

NO_END = timedelta(hours=8)
"""How long somebody is reckoned to be there who has no turn of duty."""
SEEN = timedelta(hours=12)
"""How long one stands where one last worked."""
WORK = 20
"""Minutes on the spot where no class says otherwise."""


@dataclass(frozen=True)
class Scene:
    """Everything as it stands now: the cases that wait with their orders, who is there, and what
    each has in hand."""

    cases: list[Case]
    orders: list[Order]
    people: list[Person]
    members: dict[str, staff.Member]
    hand: dict[str, list[Case]]
    left: dict[str, int]

    @cached_property
    def plan(self) -> Plan:
        """Who should go where; reckoned once, however many are sent by it."""
        return assign(self.orders, self.people, self.left)

    @cached_property
    def told(self) -> dict[str, Proposal]:
        """The plan's proposals by the number of the case."""
        return {told.order: told for told in self.plan.proposals}


def scene(now: datetime) -> Scene:
    """As it stands now."""
    waiting = cases.waiting()
    back = cases.handed_back(waiting)
    atlas = Atlas(waiting)
    ask_of = asks()
    ends = cases.ends_if_sent(waiting, now)
    matrix = cases.Matrix.of(waiting)
    orders = []
    for case in waiting:
        whose = tuple(t for t in matrix.teams(case) if t not in back.get(case.number, set()))
        left = left_until(ends[case.number], now)
        orders.append(order_of(case, ask_of.get(case.case_class_id), atlas.of(case), whose, left))
    teams = {code for order in orders for code in order.teams} | set(staff_teams())
    return _with_people(waiting, orders, teams, now)


def asks() -> dict[str, Ask]:
    """What classes ask, by code; a class without a row asks for nothing special."""
    return {ask.case_class: ask for ask in Ask.objects.all()}


def staff_teams() -> list[str]:
    """The teams that do work outside."""
    return [team.code for team in staff.teams() if team.kind != "duty"]


def order_of(
    case: Case,
    ask: Ask | None,
    spot: tuple[float, float],
    teams: tuple[str, ...],
    due: float | None,
) -> Order:
    """A case as an order; `due` in minutes from now."""
    lon, lat = spot
    return Order(
        id=case.number,
        lon=lon,
        lat=lat,
        due=due,
        work=float(ask.work if ask else WORK),
        skills=frozenset(ask.skills if ask else ()),
        teams=teams,
        life_safety=case.life_safety,
    )


class Atlas:
    """Where cases and teams are. What nobody has put on the map is reckoned to be in its middle."""

    def __init__(self, cases: Iterable[Case]) -> None:
        wanted = {case.place or case.site for case in cases}
        self.spots = places.spots([*wanted, *places.site_codes()])
        sites = [self.spots[site] for site in places.site_codes() if site in self.spots]
        self.middle = _middle(sites) or (0.0, 0.0)

    def of(self, case: Case) -> tuple[float, float]:
        """Where a case is: its own spot, else its place's."""
        if case.lon is not None and case.lat is not None:
            return case.lon, case.lat
        found = self.spots.get(case.place) or self.spots.get(case.site)
        return found or self.middle

    def of_team(self, team: staff.Team) -> tuple[float, float]:
        """The middle of what a team serves."""
        return (
            _middle([self.spots[site] for site in team.sites if site in self.spots]) or self.middle
        )


def _middle(spots: list[tuple[float, float]]) -> tuple[float, float] | None:
    if not spots:
        return None
    lons, lats = zip(*spots, strict=True)
    return sum(lons) / len(lons), sum(lats) / len(lats)


def _with_people(waiting: list[Case], orders: list[Order], teams: set[str], now: datetime) -> Scene:
    free = staff.free_now(teams, now)
    members = {one.user.username: one for one, _ in free}
    hand = held_by(members)
    where = whereabouts(members, now)
    people = [
        Person(
            id=name,
            lon=where[name][0],
            lat=where[name][1],
            team=one.team_id or "",
            until=_minutes(end - now if end else NO_END),
            free_in=WORK / 2 if any(case.stage == "handling" for case in hand[name]) else 0.0,
            load=len(hand[name]),
            room=max(0, settings.ORDERS_A_PERSON - len(hand[name])),
            skills=frozenset(one.skills),
        )
        for one, end in free
        for name in [one.user.username]
    ]
    return Scene(waiting, orders, people, members, hand, _left(teams, now))


def held_by(people: Iterable[str]) -> dict[str, list[Case]]:
    """By account, what somebody has in hand: what they took on, and what they were sent to and have
    not yet taken on."""
    hand: dict[str, list[Case]] = {name: [] for name in people}
    known = staff.members(hand)
    out = cases.in_hand({one.team_id or "" for one in known.values()} - {""})
    sent = _sent_to(case.number for case in out if case.stage == "dispatched")
    for case in out:
        who = case.handler or sent.get((case.number, case.team), "")
        if who in hand:
            hand[who].append(case)
    return hand


def _sent_to(numbers: Iterable[str]) -> dict[tuple[str, str], str]:
    rows = Sending.objects.filter(number__in=list(numbers)).order_by("id")
    return {(row.number, row.team): row.person for row in rows}


def whereabouts(members: dict[str, staff.Member], now: datetime) -> dict[str, tuple[float, float]]:
    """Where somebody is reckoned to be: where they last worked today, else in the middle of what
    their team serves. Nobody is followed by their telephone."""
    atlas = Atlas([])
    found = cases.last_places(members, now - SEEN)
    usual = {name: atlas.of_team(one.team) for name, one in members.items() if one.team}
    return usual | found


def _left(teams: Iterable[str], now: datetime) -> dict[str, int]:
    """How many orders more each team can be given in this shift, by the centre's limit."""
    sent, most = Counter(cases.sent_since(almanac.shift(now).since)), alerts.budgets()
    return {code: max(0, most.get(code, alerts.MOST_MATTERS) - sent[code]) for code in teams}


def left_until(end: datetime | None, now: datetime) -> float | None:
    """Minutes until then, negative once it has passed; None where there is no end."""
    return _minutes(end - now) if end else None


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60
