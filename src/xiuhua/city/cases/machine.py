"""The closed loop as a machine: which step leads where, whose it is, what it needs. No database.

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
WITH_TEAM = frozenset({Stage.DISPATCHED, Stage.HANDLING})


class Step(StrEnum):
    """What somebody does to a case. `pass` and `fail` are the two ends of an inspection 核查."""

    FILE = "file"
    WRITE_UP = "write_up"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    HANDLE = "handle"
    PASS = "pass"
    FAIL = "fail"
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
    """Who acts: an account's name, its role, its team ("" for none)."""

    name: str
    role: str
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
    """One row of the table: from where, to where (None: it stays), whose, with what."""

    step: Step
    frm: frozenset[Stage]
    to: Stage | None
    roles: frozenset[str]
    needs: tuple[Need, ...] = ()
    own_team: bool = False


_DESK = frozenset({"acceptor", "shift_leader", "duty_officer"})
_DISPATCH = frozenset({"dispatcher", "shift_leader", "duty_officer"})
_FIELD = frozenset({"handler", "gate_guard", "duty_officer"})
_INSPECT = frozenset({"grid_supervisor", "shift_leader"})
_LEAD = frozenset({"shift_leader"})
_CLOSE = frozenset({"shift_leader", "duty_officer"})

_WAYS = (
    Way(step=Step.FILE, frm=frozenset({Stage.REPORTED}), to=Stage.FILED, roles=_DESK),
    Way(step=Step.WRITE_UP, frm=OPEN - {Stage.REPORTED}, to=None, roles=_DESK, needs=(Need.NOTE,)),
    Way(step=Step.DISPATCH, frm=frozenset({Stage.FILED}), to=Stage.DISPATCHED, roles=_DISPATCH,
        needs=(Need.TEAM,)),
    Way(step=Step.ACCEPT, frm=frozenset({Stage.DISPATCHED}), to=Stage.HANDLING, roles=_FIELD,
        own_team=True),
    Way(step=Step.HANDLE, frm=frozenset({Stage.HANDLING}), to=Stage.HANDLED, roles=_FIELD,
        needs=(Need.NOTE, Need.PHOTO), own_team=True),
    Way(step=Step.PASS, frm=frozenset({Stage.HANDLED}), to=Stage.INSPECTED, roles=_INSPECT),
    Way(step=Step.FAIL, frm=frozenset({Stage.HANDLED}), to=Stage.DISPATCHED, roles=_INSPECT,
        needs=(Need.NOTE,)),
    Way(step=Step.CLOSE, frm=frozenset({Stage.INSPECTED}), to=Stage.CLOSED, roles=_CLOSE),
    Way(step=Step.RETURN, frm=WITH_TEAM, to=Stage.FILED, roles=_FIELD, needs=(Need.NOTE,),
        own_team=True),
    Way(step=Step.VOID, frm=OPEN - {Stage.HANDLED, Stage.INSPECTED}, to=Stage.VOID, roles=_LEAD,
        needs=(Need.NOTE,)),
)
WAYS = {way.step: way for way in _WAYS}


def begin(*, life_safety: bool, team: str) -> Standing:
    """A new case. Life safety is with its team at once; everything else waits to be filed."""
    if not life_safety:
        return Standing(stage=Stage.REPORTED)
    return Standing(stage=Stage.DISPATCHED, team=team, life_safety=True, write_up_owed=True)


def offered(standing: Standing, actor: Actor) -> tuple[Step, ...]:
    """The steps that this person may do now, in the order in which a page should offer them."""
    return tuple(
        way.step for way in _WAYS if _whose(standing, actor, way) is None
    )


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
    if actor.role not in way.roles:
        return Refusal.ROLE
    if way.own_team and actor.team != standing.team:
        return Refusal.OTHER_TEAM
    return _of_this_step(standing, actor, way.step)


def _of_this_step(standing: Standing, actor: Actor, step: Step) -> Refusal | None:
    match step:
        case Step.PASS | Step.FAIL if actor.name in standing.hands:
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
    missing = {Need.NOTE: Refusal.NEEDS_NOTE, Need.TEAM: Refusal.NEEDS_TEAM,
               Need.PHOTO: Refusal.NEEDS_PHOTO}
    return next((missing[need] for need in way.needs if not brought[need]), None)
