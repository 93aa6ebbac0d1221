"""Every write of the dispatch room: sending somebody, and what classes ask of whoever goes."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files

from django.db import transaction
from django.utils.translation import gettext as _

from xiuhua.city.access import User
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases import orders
from xiuhua.city.cases.commands import NotDone, Step
from xiuhua.city.staff import queries as staff

from . import words
from .gathering import WORK, Scene, scene
from .models import Ask, Sending
from .problem import Offer, Weights, offer, ways

How = Sending.How
MOST_MINUTES = 1440


class NoReason(ValueError):
    """Somebody else than proposed was chosen without a reason; nothing was changed."""


class NotThere(ValueError):
    """The person is not on duty, or the case no longer waits; nothing was changed."""


def send(
    number: str, *, person: str, version: int, reason: str = "", by: User, now: datetime
) -> Sending:
    """Send somebody to a case as `by`: as proposed, or with a reason somebody else. Raises
    `NoReason`, `NotThere`, `NotDone` where the case has moved."""
    now_is = scene(now)
    return _sent(now_is, number, person, version, reason.strip(), by, now)


def send_all(*, versions: dict[str, int], by: User, now: datetime) -> tuple[int, int]:
    """Send to each of these cases whom the plan proposes now; returns how many went and how many
    wait on, because nobody is free or somebody moved the case meanwhile."""
    now_is = scene(now)
    went = 0
    for number, version in versions.items():
        told = now_is.told.get(number)
        if told is None or told.best is None:
            continue
        try:
            _sent(now_is, number, told.best.person, version, "", by, now)
        except NotDone:
            continue
        went += 1
    return went, len(versions) - went


def send_by_itself(now: datetime) -> int:
    """Send to what waits of the classes to which the house sends by itself, and to every risk to
    life that came back: it waits for no dispatcher. Returns how many."""
    classes = set(Ask.objects.filter(automatic=True).values_list("case_class", flat=True))
    wanted = orders.waiting_of(classes)
    if not wanted:
        return 0
    now_is = scene(now)
    went = 0
    for case, told in zip(now_is.cases, now_is.plan.proposals, strict=True):
        if case.number not in wanted or told.best is None:
            continue
        member = now_is.members[told.best.person]
        note = _note(member, told.best, told.second, now_is, "")
        try:
            with transaction.atomic():
                cases.send(case.number, team=member.team_id or "", note=note, now=now)
                _keep(case.number, member, How.AUTOMATIC, told.best, told.second, "", "", now)
        except NotDone:
            continue
        went += 1
    return went


def put_ask(
    *, case_class: str, skills: Sequence[str], work: int, automatic: bool, by: str, now: datetime
) -> Ask:
    """Set what a class asks. Raises ValueError for a skill that the house does not know, and for
    minutes that no day has."""
    if not set(skills) <= staff.skills().keys() or not 0 < work <= MOST_MINUTES:
        raise ValueError(skills, work)
    facts = {"skills": sorted(set(skills)), "work": work, "automatic": automatic}
    return Ask.objects.update_or_create(
        case_class=case_class, defaults=facts | {"by": by, "at": now}
    )[0]


def put_usual_asks(*, now: datetime) -> int:
    """Put our default where a class has no row yet; returns how many rows were put."""
    rows = tomllib.loads(files(__package__).joinpath("asks.toml").read_text("utf-8"))
    known = set(Ask.objects.values_list("case_class", flat=True))
    new = {code: row for code, row in rows.items() if code not in known}
    for code, row in new.items():
        facts = {"skills": [], "work": WORK, "automatic": False} | row
        put_ask(case_class=code, **facts, by="", now=now)
    return len(new)


def _sent(
    of: Scene, number: str, person: str, version: int, reason: str, by: User, now: datetime
) -> Sending:
    told = of.told.get(number)
    member = of.members.get(person)
    if told is None or member is None or not member.team_id:
        raise NotThere
    proposed = told.best is not None and told.best.person == person
    if not proposed and not reason:
        raise NoReason
    chosen = told.best if proposed else _by_hand(of, number, person)
    other = told.second if proposed else told.best
    note = _note(member, chosen, other, of, reason)
    with transaction.atomic():
        cases.do(
            number, Step.DISPATCH, by=by, version=version, now=now, note=note, team=member.team_id
        )
        how = How.PROPOSED if proposed else How.OVERRIDE
        return _keep(number, member, how, chosen, other, reason, by.get_username(), now)


def _by_hand(of: Scene, number: str, person: str) -> Offer | None:
    """What it would be if that person went, whatever speaks against it; None where it is not their
    unit's."""
    order = next(one for one in of.orders if one.id == number)
    goes = next((one for one in of.people if one.id == person), None)
    if goes is None or goes.team not in order.teams:
        return None
    way = float(ways([order], [goes], Weights())[0, 0])
    return offer(order, goes, way, goes.load, Weights())


def _note(
    member: staff.Member, chosen: Offer | None, other: Offer | None, of: Scene, reason: str
) -> str:
    said = _("To %(who)s") % {"who": member.name}
    if chosen:
        said += _(": ") + words.offer(chosen)
    if other and (beside := of.members.get(other.person)):
        said += "\n" + _("Otherwise %(who)s: %(why)s") % {
            "who": beside.name,
            "why": words.offer(other),
        }
    if reason:
        said += "\n" + _("Chosen by hand: %(why)s") % {"why": reason}
    return said


def _keep(
    number: str, member: staff.Member, how: Sending.How, chosen: Offer | None,
    other: Offer | None, reason: str, by: str, now: datetime,
) -> Sending:  # fmt: skip
    return Sending.objects.create(
        number=number, person=member.user.username, team=member.team_id or "", how=how,
        reason=reason[:300], best=asdict(chosen) if chosen else None,
        second=asdict(other) if other else None, by=by, at=now,
    )  # fmt: skip
