"""Reads of the dispatch room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from xiuhua.city.cases import queries as cases
from xiuhua.city.cases.orders import Case, Matrix
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from . import rounds, words
from .gathering import (
    WORK,
    Atlas,
    Scene,
    asks,
    held_by,
    left_until,
    order_of,
    whereabouts,
)
from .models import Sending
from .problem import Offer, Person
from .rounds import Round


@dataclass(frozen=True)
class Row:
    """A case that waits: who is proposed and who would be second best, each with why; or why
    nobody is."""

    case: Case
    where: str
    best: Offer | None
    second: Offer | None
    extra: float | None
    held: str
    best_member: staff.Member | None
    second_member: staff.Member | None

    @property
    def best_words(self) -> str:
        """The proposal's reasons."""
        return words.offer(self.best) if self.best else ""

    @property
    def second_words(self) -> str:
        """The second best's reasons."""
        return words.offer(self.second) if self.second else ""


def rows(of: Scene) -> list[Row]:
    """Every case that waits, with its proposal."""
    labels = places.many_labels({case.place or case.site for case in of.cases})
    found = []
    for case, told in zip(of.cases, of.plan.proposals, strict=True):
        found.append(
            Row(
                case=case,
                where=labels[case.place or case.site],
                best=told.best,
                second=told.second,
                extra=told.extra,
                held=str(words.HELD[told.held]) if told.held else "",
                best_member=of.members.get(told.best.person) if told.best else None,
                second_member=of.members.get(told.second.person) if told.second else None,
            )
        )
    return found


def going_round(username: str, now: datetime) -> tuple[Round, dict[str, Case]]:
    """One's own round: what one has in hand in the order to go, and the cases by number."""
    mine = held_by([username])[username]
    atlas, ask_of = Atlas(mine), asks()
    orders = [
        order_of(
            case, ask_of.get(case.case_class_id), atlas.of(case), (),
            left_until(case.handle_by, now),
        )
        for case in mine
    ]  # fmt: skip
    me = staff.member(username)
    lon, lat = whereabouts({username: me} if me else {}, now).get(username, atlas.middle)
    begin = Person(id=username, lon=lon, lat=lat, team="", until=0)
    return rounds.plan(begin, orders), {case.number: case for case in mine}


@dataclass(frozen=True)
class Shares:
    """How many were sent in a month as proposed, by hand, by the house."""

    proposed: int
    override: int
    automatic: int

    @property
    def by_hand(self) -> float | None:
        """The share that people sent otherwise than proposed, of what people sent."""
        people = self.proposed + self.override
        return self.override / people if people else None


def shares(now: datetime) -> Shares:
    """Of the last thirty days."""
    since = now - timedelta(days=30)
    told = Sending.objects.filter(at__gte=since).values("how").annotate(n=Count("id")).order_by()
    counts = {row["how"]: row["n"] for row in told}
    return Shares(*(counts.get(how, 0) for how in ("proposed", "override", "automatic")))


@dataclass(frozen=True)
class Cell:
    """Whose a class is at a site; `own` where a row of the matrix says so, `hole` where nobody is
    named and the unit of last resort takes it; `beside` the unit that a row for everything there
    names while the row for the class everywhere, which counts, names another."""

    site: str
    teams: tuple[str, ...]
    own: bool
    hole: bool
    beside: str


@dataclass(frozen=True)
class Table:
    """The matrix: the sites by code and name, for each class whose it is at each, and the rows for
    more or less than one class at one site."""

    sites: list[tuple[str, str]]
    classes: list[tuple[cases.CaseClass, list[Cell]]]
    others: list[staff.Responsibility]


def matrix() -> Table:
    """As it stands."""
    codes = places.site_codes()
    labels = places.many_labels(codes)
    whose = Matrix(codes)
    chains = {code: whose.chain(code, code) for code in codes}
    table = [
        (one, [_cell(whose, one, code, chains[code]) for code in codes]) for one in cases.classes()
    ]
    others = [row for row in whose.rows.values() if not row.case_class or row.place not in chains]
    sites = [(code, labels[code]) for code in codes]
    return Table(sites, table, sorted(others, key=lambda row: (row.place, row.case_class)))


def _cell(whose: Matrix, one: cases.CaseClass, site: str, chain: tuple[str, ...]) -> Cell:
    row = staff.deciding(whose.rows, one.code, chain)
    all_there = staff.deciding(whose.rows, "", chain)
    other = row and not row.place and all_there and all_there.main != row.main
    return Cell(
        site=site,
        teams=whose.whose(one.code, one.team_kind, chain, site),
        own=row is not None,
        hole=row is None and not whose.usual(one.team_kind, site),
        beside=all_there.main if all_there and other else "",
    )


def usual_work() -> int:
    """Minutes on the spot where no class says otherwise."""
    return WORK
