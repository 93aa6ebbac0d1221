"""The closed loop as a machine: what may be done to a case, by whom, and what follows. No database;
the table stands in `ways.py`, which role may try which step in `city.access`.

The seven stages of the national loop 信息收集 → 案卷建立 → 任务派遣 → 任务处理 → 处理反馈 →
核查结案 → 综合评价 are told in the names of where a case *waits*. Life safety acts first and files
afterwards (先处置、后补录): such a case is born dispatched and owes its write-up, without which it
can't be closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .ways import (
    ENDED,
    OPEN,
    WAYS,
    Hold,
    Need,
    Promise,
    Refusal,
    Side,
    Stage,
    Step,
    Way,
)

__all__ = [
    "ENDED", "OPEN", "WAYS", "Act", "Actor", "Hold", "Need", "Promise", "Refusal", "Refused",
    "Side", "Stage", "Standing", "Step", "Way", "begin", "offered", "take",
]  # fmt: skip

RETURNS_TO_CONSULT = 2
"""The return that opens a consultation instead of going to the dispatcher once more."""

JUDGES_ALERT = frozenset({Step.APPROVE, Step.CLOSE})
"""Who inspects says whether the alert was true; where nobody did, who closes."""

OWED_AGAIN = frozenset({Promise.ANSWER, Promise.CALL_BACK})
"""What reporters are told of work is told them again when the work begins anew."""

REVIEWERS = 2
"""So many different people agree before an appeal takes a case out of the statistics."""


class Refused(Exception):
    """The machine does not take this step; nothing has changed."""

    def __init__(self, code: Refusal, step: Step) -> None:
        super().__init__(f"{step}: {code}")
        self.code = code
        self.step = step


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that the machine must know of a case. `emergency` says that somebody called it one;
    `hands` took or handled it, `commanders` sent it to a team; `standard` says whether a filing
    condition was chosen; `must_judge` that nobody has said yet whether its alert was true;
    `verified` is None before the verification; `promised` is what reporters were promised, kept or
    not; `satisfied` what the last call-back heard, None where there was none since the handling;
    `bound` means that a consultation gave it to its team; `late` that its handling limit has
    passed, `was_late` that it was handled behind it; `reviewers` agreed to an appeal; `bundled`
    that it shares another's clock; `before` where it stood when it was merged."""

    stage: Stage
    team: str = ""
    hold: Hold = Hold.NONE
    life_safety: bool = False
    emergency: bool = False
    write_up_owed: bool = False
    hands: frozenset[str] = frozenset()
    commanders: frozenset[str] = frozenset()
    standard: bool = True
    must_judge: bool = False
    must_verify: bool = False
    verified: bool | None = None
    owes: frozenset[Promise] = frozenset()
    promised: frozenset[Promise] = frozenset()
    satisfied: bool | None = None
    returns: int = 0
    bound: bool = False
    late: bool = False
    was_late: bool = False
    appealed: bool = False
    appeal_open: bool = False
    reviewers: frozenset[str] = frozenset()
    exempt: bool = False
    bundled: bool = False
    before: Stage | None = None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: an account's name, its team ("" for none), the steps that its role may take."""

    name: str
    may: frozenset[Step]
    team: str = ""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One wish: the step, and what is brought along. `standard` a filing condition, `more` the time
    asked for or granted, `until` a day to suspend to, `other` a case to join, `satisfied` what was
    heard on calling back, `true` whether the alert was true 属实 or false 误报."""

    step: Step
    note: str = ""
    team: str = ""
    photos: int = 0
    standard: str = ""
    more: int = 0
    until: str = ""
    other: str = ""
    satisfied: bool | None = None
    true: bool | None = None

    def brings(self, need: Need) -> bool:
        """Whether it comes with this."""
        brought: dict[Need, object] = {
            Need.NOTE: self.note.strip(),
            Need.TEAM: self.team,
            Need.PHOTO: self.photos,
            Need.MORE: self.more > 0,
            Need.UNTIL: self.until,
            Need.OTHER: self.other,
            Need.SATISFIED: self.satisfied is not None,
        }
        return bool(brought[need])


@dataclass(frozen=True, kw_only=True)
class Birth:
    """How a case begins, by what it is and where it comes from."""

    life_safety: bool = False
    team: str = ""
    must_verify: bool = False
    owes: frozenset[Promise] = field(default_factory=frozenset)
    standard: bool = True


def begin(birth: Birth) -> Standing:
    """A new case. Life safety is with its team at once, whoever reports it, or waits for a
    dispatcher where no team serves the place; everything else waits to be filed."""
    if not birth.life_safety:
        return Standing(
            stage=Stage.REPORTED,
            must_verify=birth.must_verify,
            owes=birth.owes,
            promised=birth.owes,
            standard=birth.standard,
        )
    return Standing(
        stage=Stage.DISPATCHED if birth.team else Stage.FILED,
        team=birth.team,
        life_safety=True,
        write_up_owed=True,
        owes=birth.owes,
        promised=birth.owes,
        standard=birth.standard,
    )


def offered(standing: Standing, actor: Actor) -> tuple[Step, ...]:
    """The steps that this person may do now, in the order in which a page should offer them."""
    return tuple(way.step for way in WAYS.values() if _whose(standing, actor, way) is None)


def take(standing: Standing, actor: Actor, act: Act) -> Standing:
    """The case after this step; raises `Refused` where it is not this person's, not now, or not
    complete."""
    way = WAYS[act.step]
    refusal = _whose(standing, actor, way) or _lacks(standing, way, act)
    if refusal is not None:
        raise Refused(refusal, act.step)
    marked = _mark(standing, actor, act)
    return replace(marked, stage=_where(marked, way))


def _where(marked: Standing, way: Way) -> Stage:
    """Where a step leads. A return past the limit opens a consultation."""
    if way.step is Step.RETURN and marked.returns >= RETURNS_TO_CONSULT:
        return Stage.CONSULTING
    if way.step is Step.UNMERGE and marked.before:
        return marked.before
    return way.to or marked.stage


def _mark(was: Standing, actor: Actor, act: Act) -> Standing:  # noqa: C901, PLR0911, PLR0912
    """What a step leaves behind besides the stage. A return wipes nothing but the team."""
    match act.step:
        case Step.FILE:
            return replace(was, standard=True)
        case Step.VERIFY | Step.REFUTE:
            return replace(was, verified=act.step is Step.VERIFY)
        case Step.WRITE_UP:
            return replace(was, write_up_owed=False)
        case Step.CONTACT | Step.ANSWER | Step.CALL_BACK:
            heard = act.satisfied if act.step is Step.CALL_BACK else was.satisfied
            return replace(was, owes=was.owes - {Promise(act.step.value)}, satisfied=heard)
        case Step.REWORK:
            return replace(was, owes=was.owes | (was.promised & OWED_AGAIN), satisfied=None)
        case Step.DISPATCH | Step.SETTLE:
            commanders = was.commanders | ({actor.name} - {""})  # the house judges nothing
            bound = was.bound or act.step is Step.SETTLE
            return replace(was, team=act.team, commanders=commanders, bound=bound)
        case Step.RETURN:
            return replace(was, team="", returns=was.returns + 1)
        case Step.RECALL:
            return replace(was, team="", bound=False)
        case Step.SUSPEND | Step.ASK_MORE:
            asked = act.step is Step.ASK_MORE
            return replace(was, hold=Hold.ASKING if asked else Hold.SUSPENDED)
        case Step.RESUME | Step.GRANT | Step.DENY | Step.VOID:
            return replace(was, hold=Hold.NONE)
        case Step.ACCEPT | Step.HANDLE:
            was_late = was.was_late or (act.step is Step.HANDLE and was.late)
            return replace(was, hands=was.hands | {actor.name}, was_late=was_late)
        case step if step in JUDGES_ALERT:
            return replace(was, must_judge=False)
        case Step.REOPEN:
            return replace(
                was, team="", returns=0, bound=False, appeal_open=False, satisfied=None,
                owes=was.owes | (was.promised & OWED_AGAIN),
            )  # fmt: skip
        case Step.APPEAL:
            return replace(was, appealed=True, appeal_open=True)
        case Step.UPHOLD:
            agreed = was.reviewers | {actor.name}
            won = len(agreed) >= REVIEWERS
            return replace(was, reviewers=agreed, exempt=won, appeal_open=not won)
        case Step.DISMISS:
            return replace(was, appeal_open=False)
        case Step.BUNDLE | Step.UNBUNDLE:
            return replace(was, bundled=act.step is Step.BUNDLE)
        case Step.EMERGENCY:
            return replace(was, emergency=True)
        case Step.MERGE:
            return replace(was, before=was.stage)
        case _:
            return was


def _whose(standing: Standing, actor: Actor, way: Way) -> Refusal | None:
    """Why this step is not this person's now, or None."""
    if standing.stage in ENDED and not way.frm & ENDED:
        return Refusal.ENDED
    if standing.stage not in way.frm:
        return Refusal.STAGE
    if way.step not in actor.may:
        return Refusal.ROLE
    if way.own_team and actor.team != standing.team:
        return Refusal.OTHER_TEAM
    if standing.hold not in way.hold:
        return _HELD[standing.hold]
    return _apart(standing, actor, way) or _of_this_step(standing, actor, way.step)


_HELD = {
    Hold.NONE: Refusal.NOT_HELD,
    Hold.SUSPENDED: Refusal.SUSPENDED,
    Hold.ASKING: Refusal.ASKING,
}


def _apart(standing: Standing, actor: Actor, way: Way) -> Refusal | None:
    """Supervision and command apart: who did the work or sent somebody to it does not judge it."""
    if not way.judges:
        return None
    if actor.name in standing.hands:
        return Refusal.OWN_WORK
    return Refusal.OWN_COMMAND if actor.name in standing.commanders else None


def _of_this_step(standing: Standing, actor: Actor, step: Step) -> Refusal | None:  # noqa: C901, PLR0911, PLR0912
    match step:
        case Step.FILE if standing.must_verify and standing.verified is not True:
            return Refusal.NOT_VERIFIED
        case Step.ASK_VERIFY if standing.verified is True:
            return Refusal.NOTHING_OWED
        case Step.WRITE_UP if not standing.write_up_owed:
            return Refusal.NOTHING_OWED
        case Step.CONTACT | Step.ANSWER | Step.CALL_BACK:
            owed = Promise(step.value) in standing.owes
            return None if owed else Refusal.NOTHING_OWED
        case Step.REWORK if standing.stage is Stage.INSPECTED and standing.satisfied is not False:
            return Refusal.STAGE
        case Step.CLOSE:
            return _keeps_open(standing)
        case Step.EMERGENCY if standing.emergency or standing.life_safety:
            return Refusal.NOTHING_OWED
        case Step.VOID | Step.MERGE if standing.life_safety and not standing.hands:
            return Refusal.UNSEEN_DANGER
        case Step.SUSPEND | Step.ASK_MORE | Step.SEND_BACK if standing.life_safety:
            return Refusal.DANGER_WAITS_NOT
        case Step.RETURN if standing.bound:
            return Refusal.BOUND
        case Step.ASK_MORE if standing.late:
            return Refusal.TOO_LATE
        case Step.APPEAL if standing.appealed or not standing.was_late:
            return Refusal.NO_APPEAL
        case Step.UPHOLD | Step.DISMISS if not standing.appeal_open:
            return Refusal.NO_APPEAL
        case Step.UNMERGE if standing.before is None:
            return Refusal.STAGE
        case Step.UNBUNDLE if not standing.bundled:
            return Refusal.NOT_BUNDLED
        case Step.UPHOLD if actor.name in standing.reviewers:
            return Refusal.SAME_REVIEWER
    return None


def _keeps_open(standing: Standing) -> Refusal | None:
    """What must still be done before the case is closed, or None."""
    owed = (
        (standing.write_up_owed, Refusal.WRITE_UP_OWED),
        (not standing.standard, Refusal.NEEDS_STANDARD),
        (Promise.ANSWER in standing.owes, Refusal.ANSWER_OWED),
        (Promise.CALL_BACK in standing.owes, Refusal.CALL_BACK_OWED),
    )
    return next((refusal for is_owed, refusal in owed if is_owed), None)


_MISSING = {
    Need.NOTE: Refusal.NEEDS_NOTE,
    Need.TEAM: Refusal.NEEDS_TEAM,
    Need.PHOTO: Refusal.NEEDS_PHOTO,
    Need.MORE: Refusal.NEEDS_MORE,
    Need.UNTIL: Refusal.NEEDS_UNTIL,
    Need.OTHER: Refusal.NEEDS_OTHER,
    Need.SATISFIED: Refusal.NEEDS_SATISFIED,
}


def _lacks(standing: Standing, way: Way, act: Act) -> Refusal | None:
    if act.step is Step.FILE and not (standing.standard or act.standard):
        return Refusal.NEEDS_STANDARD
    if act.step in JUDGES_ALERT and standing.must_judge:
        if act.true is None:
            return Refusal.NEEDS_VERDICT
        if act.true is False and not act.brings(Need.NOTE):
            return Refusal.NEEDS_CAUSE
    if act.step is Step.CLOSE and standing.satisfied is False and not act.brings(Need.NOTE):
        return Refusal.UNSATISFIED
    return next((_MISSING[need] for need in way.needs if not act.brings(need)), None)
