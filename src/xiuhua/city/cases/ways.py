"""The table of the closed loop: each step, whose it is, from where to where, and what it needs.
Words of it stand in `words.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands: what it waits for, or how it ended."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    FILED = "filed"
    CONSULTING = "consulting"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    HANDLED = "handled"
    INSPECTED = "inspected"
    CLOSED = "closed"
    VOID = "void"
    MERGED = "merged"


ENDED = frozenset({Stage.CLOSED, Stage.VOID, Stage.MERGED})
OPEN = frozenset(Stage) - ENDED
WITH_TEAM = frozenset({Stage.DISPATCHED, Stage.HANDLING})
"""While a team has it: the handling clock runs here and nowhere else."""


class Step(StrEnum):
    """What somebody does to a case. `verify` and `refute` are the two ends of a verification 核实,
    before filing; `approve` and `rework` those of an inspection 核查, after handling."""

    FILE = "file"
    ASK_VERIFY = "ask_verify"
    VERIFY = "verify"
    REFUTE = "refute"
    WRITE_UP = "write_up"
    DISPATCH = "dispatch"
    SETTLE = "settle"
    RESUME = "resume"
    GRANT = "grant"
    DENY = "deny"
    ACCEPT = "accept"
    HANDLE = "handle"
    APPROVE = "approve"
    REWORK = "rework"
    CONTACT = "contact"
    ANSWER = "answer"
    CALL_BACK = "call_back"
    CLOSE = "close"
    UPHOLD = "uphold"
    DISMISS = "dismiss"
    APPEAL = "appeal"
    RETURN = "return"
    ASK_MORE = "ask_more"
    SUSPEND = "suspend"
    RECALL = "recall"
    SEND_BACK = "send_back"
    BUNDLE = "bundle"
    UNBUNDLE = "unbundle"
    URGE = "urge"
    SUPERVISE = "supervise"
    EMERGENCY = "emergency"
    MERGE = "merge"
    UNMERGE = "unmerge"
    DECLINE = "decline"
    VOID = "void"
    REOPEN = "reopen"


class Side(StrEnum):
    """Whose step it is. Supervision 监督 finds and judges, command 指挥 sends and helps, the unit
    does the work, superiors look on."""

    SUPERVISION = "supervision"
    COMMAND = "command"
    UNIT = "unit"
    SUPERIOR = "superior"


class Hold(StrEnum):
    """Why the clock stands still: put off 挂账, or more time is asked for and not yet decided."""

    NONE = ""
    SUSPENDED = "suspended"
    ASKING = "asking"


class Promise(StrEnum):
    """What is owed to who reported it: a first contact 先行联系, an answer, a call back 回访."""

    CONTACT = "contact"
    ANSWER = "answer"
    CALL_BACK = "call_back"


class Need(StrEnum):
    """What a step can't be done without."""

    NOTE = "note"
    TEAM = "team"
    PHOTO = "photo"
    MORE = "more"
    UNTIL = "until"
    OTHER = "other"
    SATISFIED = "satisfied"


class Refusal(StrEnum):
    """Why a step is refused; `words.py` has the sentence of each."""

    ENDED = "ended"
    STAGE = "stage"
    ROLE = "role"
    OTHER_TEAM = "other_team"
    OWN_WORK = "own_work"
    OWN_COMMAND = "own_command"
    SUSPENDED = "suspended"
    ASKING = "asking"
    NOT_HELD = "not_held"
    NOT_VERIFIED = "not_verified"
    WRITE_UP_OWED = "write_up_owed"
    ANSWER_OWED = "answer_owed"
    CALL_BACK_OWED = "call_back_owed"
    NOTHING_OWED = "nothing_owed"
    UNSEEN_DANGER = "unseen_danger"
    DANGER_WAITS_NOT = "danger_waits_not"
    BOUND = "bound"
    TOO_LATE = "too_late"
    NO_APPEAL = "no_appeal"
    SAME_REVIEWER = "same_reviewer"
    NOT_BUNDLED = "not_bundled"
    MERGED_ON = "merged_on"
    NEEDS_NOTE = "needs_note"
    NEEDS_TEAM = "needs_team"
    NEEDS_PHOTO = "needs_photo"
    NEEDS_STANDARD = "needs_standard"
    NEEDS_MORE = "needs_more"
    NEEDS_UNTIL = "needs_until"
    NEEDS_OTHER = "needs_other"
    NEEDS_SATISFIED = "needs_satisfied"
    UNSATISFIED = "unsatisfied"
    NEEDS_VERDICT = "needs_verdict"
    NEEDS_CAUSE = "needs_cause"


FREE = frozenset({Hold.NONE})
WHATEVER = frozenset(Hold)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One row of the table: whose step, from where, to where (None: it stays, or goes back to where
    it stood before it was merged), with what. `quiet` steps move nothing and disturb nobody who
    works on the case; one that `judges` is not for those who did the work or sent somebody."""

    step: Step
    side: Side
    frm: frozenset[Stage]
    to: Stage | None = None
    needs: tuple[Need, ...] = ()
    own_team: bool = False
    hold: frozenset[Hold] = FREE
    quiet: bool = False
    judges: bool = False


def _from(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_NOTE = (Need.NOTE,)
BEFORE_TEAM = _from(Stage.REPORTED, Stage.VERIFYING, Stage.FILED, Stage.CONSULTING)
_BEHIND_HANDLING = _from(Stage.HANDLED, Stage.INSPECTED)
_CLOSED = _from(Stage.CLOSED)

_ROWS = (
    # supervision, before filing
    Way(step=Step.FILE, side=Side.SUPERVISION, frm=_from(Stage.REPORTED), to=Stage.FILED),
    Way(
        step=Step.ASK_VERIFY,
        side=Side.SUPERVISION,
        frm=_from(Stage.REPORTED),
        to=Stage.VERIFYING,
    ),
    Way(step=Step.VERIFY, side=Side.SUPERVISION, frm=_from(Stage.VERIFYING), to=Stage.REPORTED),
    Way(
        step=Step.REFUTE,
        side=Side.SUPERVISION,
        frm=_from(Stage.VERIFYING),
        to=Stage.REPORTED,
        needs=_NOTE,
    ),
    Way(
        step=Step.WRITE_UP,
        side=Side.SUPERVISION,
        frm=OPEN - {Stage.REPORTED, Stage.VERIFYING},
        needs=_NOTE,
        hold=WHATEVER,
        quiet=True,
    ),
    # command
    Way(
        step=Step.DISPATCH,
        side=Side.COMMAND,
        frm=_from(Stage.FILED),
        to=Stage.DISPATCHED,
        needs=(Need.TEAM,),
    ),
    Way(
        step=Step.SETTLE,
        side=Side.COMMAND,
        frm=_from(Stage.CONSULTING),
        to=Stage.DISPATCHED,
        needs=(Need.TEAM, Need.NOTE),
    ),
    Way(
        step=Step.RESUME,
        side=Side.COMMAND,
        frm=WITH_TEAM | {Stage.FILED},
        hold=frozenset({Hold.SUSPENDED}),
    ),
    Way(
        step=Step.GRANT,
        side=Side.COMMAND,
        frm=WITH_TEAM,
        hold=frozenset({Hold.ASKING}),
        needs=(Need.MORE,),
    ),
    Way(
        step=Step.DENY,
        side=Side.COMMAND,
        frm=WITH_TEAM,
        hold=frozenset({Hold.ASKING}),
        needs=_NOTE,
    ),
    # the unit
    Way(
        step=Step.ACCEPT,
        side=Side.UNIT,
        frm=_from(Stage.DISPATCHED),
        to=Stage.HANDLING,
        own_team=True,
    ),
    Way(
        step=Step.HANDLE,
        side=Side.UNIT,
        frm=_from(Stage.HANDLING),
        to=Stage.HANDLED,
        needs=(Need.NOTE, Need.PHOTO),
        own_team=True,
    ),
    # supervision, after handling
    Way(
        step=Step.APPROVE,
        side=Side.SUPERVISION,
        frm=_from(Stage.HANDLED),
        to=Stage.INSPECTED,
        judges=True,
    ),
    Way(
        step=Step.REWORK,
        side=Side.SUPERVISION,
        frm=_BEHIND_HANDLING,
        to=Stage.DISPATCHED,
        needs=_NOTE,
        judges=True,
    ),
    # what is owed to who reported it
    Way(
        step=Step.CONTACT,
        side=Side.COMMAND,
        frm=OPEN,
        needs=_NOTE,
        hold=WHATEVER,
        quiet=True,
    ),
    Way(
        step=Step.ANSWER,
        side=Side.COMMAND,
        frm=OPEN - {Stage.REPORTED, Stage.VERIFYING},
        needs=_NOTE,
        hold=WHATEVER,
        quiet=True,
    ),
    Way(
        step=Step.CALL_BACK,
        side=Side.SUPERVISION,
        frm=_BEHIND_HANDLING,
        needs=(Need.SATISFIED,),
        quiet=True,
    ),
    Way(
        step=Step.CLOSE,
        side=Side.SUPERVISION,
        frm=_from(Stage.INSPECTED),
        to=Stage.CLOSED,
        judges=True,
    ),
    Way(step=Step.UPHOLD, side=Side.SUPERVISION, frm=_CLOSED, needs=_NOTE, judges=True),
    Way(step=Step.DISMISS, side=Side.SUPERVISION, frm=_CLOSED, needs=_NOTE, judges=True),
    # aside
    Way(step=Step.APPEAL, side=Side.UNIT, frm=_CLOSED, needs=_NOTE, own_team=True),
    Way(
        step=Step.RETURN,
        side=Side.UNIT,
        frm=WITH_TEAM,
        to=Stage.FILED,
        needs=_NOTE,
        own_team=True,
    ),
    Way(
        step=Step.ASK_MORE,
        side=Side.UNIT,
        frm=WITH_TEAM,
        needs=(Need.MORE, Need.NOTE),
        own_team=True,
    ),
    Way(
        step=Step.SUSPEND,
        side=Side.COMMAND,
        frm=WITH_TEAM | {Stage.FILED},
        needs=(Need.UNTIL, Need.NOTE),
    ),
    Way(
        step=Step.RECALL,
        side=Side.COMMAND,
        frm=_from(Stage.DISPATCHED),
        to=Stage.FILED,
        needs=_NOTE,
    ),
    Way(
        step=Step.SEND_BACK,
        side=Side.COMMAND,
        frm=_from(Stage.FILED),
        to=Stage.REPORTED,
        needs=_NOTE,
    ),
    Way(step=Step.BUNDLE, side=Side.COMMAND, frm=WITH_TEAM, needs=(Need.OTHER,)),
    Way(step=Step.UNBUNDLE, side=Side.COMMAND, frm=OPEN, needs=_NOTE, hold=WHATEVER),
    Way(
        step=Step.URGE,
        side=Side.SUPERIOR,
        frm=OPEN,
        needs=_NOTE,
        hold=WHATEVER,
        quiet=True,
    ),
    Way(
        step=Step.SUPERVISE,
        side=Side.SUPERIOR,
        frm=OPEN,
        needs=_NOTE,
        hold=WHATEVER,
        quiet=True,
    ),
    Way(step=Step.EMERGENCY, side=Side.COMMAND, frm=OPEN, needs=_NOTE, hold=WHATEVER, quiet=True),
    Way(
        step=Step.MERGE,
        side=Side.SUPERVISION,
        frm=BEFORE_TEAM,
        to=Stage.MERGED,
        needs=(Need.OTHER,),
    ),
    Way(step=Step.UNMERGE, side=Side.SUPERVISION, frm=_from(Stage.MERGED), needs=_NOTE),
    Way(
        step=Step.DECLINE,
        side=Side.SUPERVISION,
        frm=_from(Stage.REPORTED),
        to=Stage.VOID,
        needs=_NOTE,
    ),
    Way(
        step=Step.VOID,
        side=Side.SUPERVISION,
        frm=BEFORE_TEAM | WITH_TEAM,
        to=Stage.VOID,
        needs=_NOTE,
        hold=WHATEVER,
    ),
    Way(step=Step.REOPEN, side=Side.SUPERVISION, frm=_CLOSED, to=Stage.FILED, needs=_NOTE),
)
WAYS = {way.step: way for way in _ROWS}
assert list(WAYS) == list(Step), "one row a step, in the order in which pages offer them"

ASIDE = frozenset(list(Step)[list(Step).index(Step.APPEAL) :])
"""Steps that a case does not wait for."""
