"""The closed loop as a machine: which step leads where, what it needs, what forbids it.
No database; which role may try which step stands in `city.access`.

The seven stages of the national loop 信息收集 → 案卷建立 → 任务派遣 → 任务处理 → 处理反馈 →
核查结案 → 综合评价 are told in the names of where a case *waits*; evaluation follows closure and
is no stage of its own. Life safety acts first and files afterwards (先处置、后补录): such a case is
born dispatched and owes its write-up, without which it can't be closed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    HANDLED = "handled"
    INSPECTED = "inspected"
    CLOSED = "closed"
    VOID = "void"


ENDED = frozenset({Stage.CLOSED, Stage.VOID})
OPEN = frozenset(Stage) - ENDED


class Step(StrEnum):
    """What somebody does to a case. `approve` and `rework` are the two ends of an
    inspection 核查."""

    FILE = "file"
    WRITE_UP = "write_up"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    HANDLE = "handle"
    APPROVE = "approve"
    REWORK = "rework"
    CLOSE = "close"
    RETURN = "return"
    VOID = "void"


class Need(StrEnum):
    """What a step can't be done without."""

    NOTE = "note"
    TEAM = "team"
    PHOTO = "photo"


class Refusal(StrEnum):
    """Why a step is refused; `words.py` has the sentence of each."""

    ENDED = "ended"
    STAGE = "stage"
    ROLE = "role"
    OTHER_TEAM = "other_team"
    OWN_WORK = "own_work"
    WRITE_UP_OWED = "write_up_owed"
    NOTHING_OWED = "nothing_owed"
    UNSEEN_DANGER = "unseen_danger"
    NEEDS_NOTE = "needs_note"
    NEEDS_TEAM = "needs_team"
    NEEDS_PHOTO = "needs_photo"


class Refused(Exception):
    """The machine does not take this step; nothing has changed."""

    def __init__(self, code: Refusal, step: Step) -> None:
        super().__init__(f"{step}: {code}")
        self.code = code
        self.step = step


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that the machine must know of a case. `hands` are those who took or handled it."""

    stage: Stage
    team: str = ""
    life_safety: bool = False
    write_up_owed: bool = False
    hands: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: an account's name, its team ("" for none), the steps that its role may take."""

    name: str
    may: frozenset[Step]
    team: str = ""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One wish: the step, and what is brought along."""

    step: Step
    note: str = ""
    team: str = ""
    photos: int = 0


@dataclass(frozen=True, kw_only=True)
class Way:
    """One row of the table: from where, to where (None: it stays), with what, and whether only
    the case's own team may."""

    step: Step
    frm: frozenset[Stage]
    to: Stage | None
    needs: tuple[Need, ...] = ()
    own_team: bool = False


def _from(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_WAYS = (
    Way(step=Step.FILE, frm=_from(Stage.REPORTED), to=Stage.FILED),
    Way(step=Step.DISPATCH, frm=_from(Stage.FILED), to=Stage.DISPATCHED, needs=(Need.TEAM,)),
    Way(step=Step.ACCEPT, frm=_from(Stage.DISPATCHED), to=Stage.HANDLING, own_team=True),
    Way(
        step=Step.HANDLE,
        frm=_from(Stage.HANDLING),
        to=Stage.HANDLED,
        needs=(Need.NOTE, Need.PHOTO),
        own_team=True,
    ),
    Way(step=Step.APPROVE, frm=_from(Stage.HANDLED), to=Stage.INSPECTED),
    Way(step=Step.REWORK, frm=_from(Stage.HANDLED), to=Stage.DISPATCHED, needs=(Need.NOTE,)),
    Way(step=Step.CLOSE, frm=_from(Stage.INSPECTED), to=Stage.CLOSED),
    Way(step=Step.WRITE_UP, frm=OPEN - {Stage.REPORTED}, to=None, needs=(Need.NOTE,)),
    Way(
        step=Step.RETURN,
        frm=_from(Stage.DISPATCHED, Stage.HANDLING),
        to=Stage.FILED,
        needs=(Need.NOTE,),
        own_team=True,
    ),
    Way(
        step=Step.VOID,
        frm=OPEN - {Stage.HANDLED, Stage.INSPECTED},
        to=Stage.VOID,
        needs=(Need.NOTE,),
    ),
)
WAYS = {way.step: way for way in _WAYS}


def begin(*, life_safety: bool, team: str) -> Standing:
    """A new case. Life safety is with its team at once, or waits for a dispatcher where no team
    serves the place; everything else waits to be filed."""
    if not life_safety:
        return Standing(stage=Stage.REPORTED)
    stage = Stage.DISPATCHED if team else Stage.FILED
    return Standing(stage=stage, team=team, life_safety=True, write_up_owed=True)


def offered(standing: Standing, actor: Actor) -> tuple[Step, ...]:
    """The steps that this person may do now, in the order in which a page should offer them."""
    return tuple(way.step for way in _WAYS if _whose(standing, actor, way) is None)


def take(standing: Standing, actor: Actor, act: Act) -> Standing:
    """The case after this step; raises `Refused` where it is not this person's, not now, or not
    complete."""
    way = WAYS[act.step]
    refusal = _whose(standing, actor, way) or _lacks(way, act)
    if refusal is not None:
        raise Refused(refusal, act.step)
    after = replace(standing, stage=way.to or standing.stage)
    return _mark(after, actor, act)


def _mark(after: Standing, actor: Actor, act: Act) -> Standing:
    """What a step leaves behind besides the stage. A return wipes nothing but the team."""
    match act.step:
        case Step.WRITE_UP:
            return replace(after, write_up_owed=False)
        case Step.DISPATCH:
            return replace(after, team=act.team)
        case Step.RETURN:
            return replace(after, team="")
        case Step.ACCEPT | Step.HANDLE:
            return replace(after, hands=after.hands | {actor.name})
        case _:
            return after


def _whose(standing: Standing, actor: Actor, way: Way) -> Refusal | None:
    """Why this step is not this person's now, or None."""
    if standing.stage in ENDED:
        return Refusal.ENDED
    if standing.stage not in way.frm:
        return Refusal.STAGE
    if way.step not in actor.may:
        return Refusal.ROLE
    if way.own_team and actor.team != standing.team:
        return Refusal.OTHER_TEAM
    return _of_this_step(standing, actor, way.step)


def _of_this_step(standing: Standing, actor: Actor, step: Step) -> Refusal | None:
    match step:
        case Step.APPROVE | Step.REWORK if actor.name in standing.hands:
            return Refusal.OWN_WORK
        case Step.WRITE_UP if not standing.write_up_owed:
            return Refusal.NOTHING_OWED
        case Step.CLOSE if standing.write_up_owed:
            return Refusal.WRITE_UP_OWED
        case Step.VOID if standing.life_safety and not standing.hands:
            return Refusal.UNSEEN_DANGER
    return None


def _lacks(way: Way, act: Act) -> Refusal | None:
    brought = {Need.NOTE: act.note.strip(), Need.TEAM: act.team, Need.PHOTO: act.photos}
    missing = {
        Need.NOTE: Refusal.NEEDS_NOTE,
        Need.TEAM: Refusal.NEEDS_TEAM,
        Need.PHOTO: Refusal.NEEDS_PHOTO,
    }
    return next((missing[need] for need in way.needs if not brought[need]), None)
