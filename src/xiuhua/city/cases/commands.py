"""Every write of the cases room. A step is one transaction: the case is locked, the machine says
whether it may be, the history keeps it, deadlines are reckoned anew, the feed tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiuhua.city import feed, sequence
from xiuhua.city.access import User
from xiuhua.city.alerts import byhand
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.queries import first_handled
from xiuhua.city.staff import queries as staff
from xiuhua.epoch import millis

from . import joining, photos
from .finding import write_down
from .history import chained
from .machine import ENDED, JUDGES_ALERT, WAYS, Act, Actor, Refusal, Refused, Standing, Step, take
from .models import Case, CaseStep, Photo
from .opening import open_for, open_released
from .queries import actor_of, brief, seen_case, standing_of
from .reckoning import book, marks, owed, reckon
from .standards import put_classes, put_standards
from .words import REFUSALS, TAKEN

__all__ = [
    "NO_PROOF", "Conflict", "NotDone", "Proof", "Step", "do", "keep_photos", "open_for",
    "open_released", "put_classes", "put_standards", "send",
]  # fmt: skip

LONGEST_NOTE = 2000
_JOINS = "case-joins"


class NotDone(Exception):
    """A step was refused and nothing has changed. As text: why, in the reader's language."""

    def __init__(self, code: str, words: Words) -> None:
        super().__init__(code)
        self.code = code
        self.words = words

    def __str__(self) -> str:
        return str(self.words)


class Conflict(NotDone):
    """Somebody else moved the case first: `last` is what they did."""

    def __init__(self, last: CaseStep) -> None:
        super().__init__("conflict", TAKEN[last.step])
        self.last = last
        self.member = staff.members([last.by]).get(last.by)

    def __str__(self) -> str:
        facts = {
            "who": self.member.name if self.member else self.last.by,
            "what": self.words,
            "when": f"{timezone.localtime(self.last.at):%H:%M:%S}",
        }
        said = _(
            "%(who)s was first (%(what)s, %(when)s). Nothing of yours was recorded; "
            "please look at the case as it stands now."
        )
        return said % facts


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Photos that come with a step, as they were sent."""

    before: Sequence[bytes] = ()
    after: Sequence[bytes] = ()


NO_PROOF = Proof()


def do(
    number: str,
    step: Step,
    *,
    by: User,
    version: int,
    now: datetime,
    note: str = "",
    proof: Proof = NO_PROOF,
    team: str = "",
    standard: str = "",
    more: int = 0,
    until: str = "",
    other: str = "",
    satisfied: bool | None = None,
    true: bool | None = None,
) -> Case:
    """Take one step of a case as `by`, who saw it at `version`.

    1. The machine decides, so that a refusal costs nothing.
    2. Photos are cleaned, then written to disk; they go again if the step is refused after all.
    3. The case is locked, and the machine decides on what it is now.
    4. Case, history, deadlines and feed follow in the same transaction.

    Raises `NotDone` where it may not be, `Conflict` where another was first, `BadPhoto`, and
    `Case.DoesNotExist` where this person may not see such a case.
    """
    case = seen_case(by, number)
    act = Act(
        step=step, note=note.strip()[:LONGEST_NOTE], team=team, photos=len(proof.after),
        standard=standard, more=more, until=until, other=other.strip(), satisfied=satisfied,
        true=true,
    )  # fmt: skip
    _decided(case, by, act, version, now)
    kept = keep_photos(proof)
    try:
        with transaction.atomic():
            return _move(case.pk, act, by, version, now, kept)
    except BaseException:  # whatever it was, the photos belong to no step
        for photo in kept:
            photos.drop(photo.name)
        raise


def _decided(case: Case, by: User, act: Act, version: int, now: datetime) -> Standing:
    """The case as it will stand, by the machine. Quiet steps move nothing: any version will do."""
    if not WAYS[act.step].quiet and version != case.version:
        raise Conflict(_last_step(case))
    if act.team and staff.team(act.team) is None:
        raise NotDone(Refusal.NEEDS_TEAM, REFUSALS[Refusal.NEEDS_TEAM])
    try:
        branches = _anew(case, act, now).values()
        owed_anew = {name for branch in branches for owes in branch.values() for name in owes}
        return take(standing_of(case, now, owed_anew), actor_of(by), act)
    except Refused as refused:
        raise NotDone(refused.code, REFUSALS[refused.code]) from refused


_ANEW = frozenset({Step.REWORK, Step.REOPEN})
"""The work begins anew, and with it what its reporters are owed of it."""


def _anew(case: Case, act: Act, now: datetime) -> joining.Anew:
    """What is owed again from this step on."""
    return joining.again(case, now) if act.step in _ANEW else {}


def keep_photos(proof: Proof) -> list[Photo]:
    """Clean all the photos before the first is written, so that a bad one leaves nothing behind.
    Raises `NotDone` for too many, `BadPhoto`."""
    if len(proof.before) + len(proof.after) > photos.MOST_PHOTOS:
        raise NotDone("too_many_photos", gettext_lazy("Please send at most six photos."))
    cleaned = [(Photo.Shows.BEFORE, photos.clean(raw)) for raw in proof.before]
    cleaned += [(Photo.Shows.AFTER, photos.clean(raw)) for raw in proof.after]
    return [Photo(shows=shows, name=photos.keep(jpeg), size=len(jpeg)) for shows, jpeg in cleaned]


def _move(pk: int, act: Act, by: User, version: int, now: datetime, kept: Sequence[Photo]) -> Case:
    if act.other or act.step is Step.UNMERGE:
        sequence.take(_JOINS, 1)  # one at a time: two that join each other would wait for ever
    locked = Case.objects.select_for_update(of=("self",))
    case = locked.select_related("bundle", "merged_into").get(pk=pk)
    after = _decided(case, by, act, version, now)
    judges = act.step in JUDGES_ALERT and standing_of(case, now).must_judge
    frm, team, name = case.stage, case.team, by.get_username()
    anew = _anew(case, act, now)
    data = _brought(case, act, now) | {"team": act.team or team}
    if anew:
        data["again"] = anew
    if judges:
        data["true"] = case.alert_true = act.true
    if kept:
        data["photos"] = [photo.name for photo in kept]
    _settle(case, after, act, name, now)
    if act.step is Step.UNMERGE:
        joining.part(case, data["done"], data.get("again", {}))
    joining.owe_anew(case, anew)
    record(case, act.step, frm=frm, by=name, now=now, note=act.note, data=data, kept=kept)
    _tell_alert(case, act, name, now, judges=judges)
    if act.step is Step.MERGE:
        other, handed = joining.joined(case)
        told: dict[str, object] = {"other": case.number, "owes": handed}
        record(other, "joined", frm=other.stage, by=name, now=now, data=told)
    elif act.step is Step.UNMERGE:
        _parted(str(data["other"]), case, name, now)
    if case.ended and case.alert:
        byhand.over(case.alert, now)
    feed.tell("case", case.number, brief(case))
    return case


def _tell_alert(case: Case, act: Act, name: str, now: datetime, *, judges: bool) -> None:
    """What a step says of the alert as well: who goes has heard, who inspected has found it so."""
    if case.alert and act.step is Step.ACCEPT:
        with suppress(alerts.NotCalled):
            alerts.answer_call(case.alert, team=case.team, by=name, now=now)
    if case.alert and judges and act.true is False:
        alerts.judged_by_case(case.alert, by=name, reason=act.note, now=now)


@transaction.atomic
def send(number: str, *, team: str, note: str, now: datetime) -> Case:
    """Dispatch a case as the house, where the centre has set that nobody need press. Raises
    `NotDone`, and `Case.DoesNotExist`."""
    case = Case.objects.select_for_update(of=("self",)).select_related("bundle").get(number=number)
    house = Actor(name="", may=frozenset({Step.DISPATCH}), team="")
    act = Act(step=Step.DISPATCH, team=team, note=note)
    try:
        after = take(standing_of(case, now), house, act)
    except Refused as refused:
        raise NotDone(refused.code, REFUSALS[refused.code]) from refused
    frm = case.stage
    _settle(case, after, act, "", now)
    record(case, act.step, frm=frm, by="", now=now, note=note, data={"team": team})
    feed.tell("case", case.number, brief(case))
    return case


def _parted(number: str, case: Case, name: str, now: datetime) -> None:
    """The case that went on owes only its own again, and what came with others."""
    other = Case.objects.select_for_update(of=("self",)).select_related("bundle").get(number=number)
    record(other, "parted", frm=other.stage, by=name, now=now, data={"other": case.number})
    if other.ended is None:
        other.owes = owed(other, list(other.steps.order_by("seq")), book())
        other.save(update_fields=["owes"])
    feed.tell("case", other.number, brief(other))


def record(
    case: Case,
    step: str,
    *,
    frm: str,
    by: str,
    now: datetime,
    note: str = "",
    data: dict[str, object],
    kept: Iterable[Photo] = (),
) -> CaseStep:
    """Add a step to the history, reckon the deadlines anew, save the case."""
    steps = list(case.steps.order_by("seq"))
    row = CaseStep(
        case=case, step=step, frm=frm, to=case.stage, hold=case.hold, by=by, at=now,
        due=case.due, note=note, data=data,
    )  # fmt: skip
    chained(row, case.number, steps[-1] if steps else None).save()
    for photo in kept:
        photo.step = row
    Photo.objects.bulk_create(kept)
    reckon(case, marks([*steps, row]), book())
    case.save()
    if note:
        write_down([case])
    if case.bundled.exists():
        joining.follow_lead(case)
    return row


def _brought(case: Case, act: Act, now: datetime) -> dict[str, Any]:
    """What must be found before the step, looked up once; what the history keeps of it. Raises
    `NotDone` where there is no such thing."""
    data: dict[str, Any] = {}
    try:
        if act.standard or act.step is Step.FILE:
            data["standard"] = joining.choose_standard(case, act.standard)
        if act.other:
            data["other"] = joining.join(case, act)
        if act.until:
            data["until"] = joining.suspend_until(case, act.until, now)
        if act.step is Step.UNMERGE:
            data |= joining.about_to_part(case)
    except joining.NoSuch as none:
        raise NotDone(none.code, REFUSALS[none.code]) from none
    if act.step is Step.WRITE_UP and case.alert:
        first = first_handled(case.alert)
        data["first"] = millis(first) if first else None
    if act.step is Step.UNBUNDLE and case.bundle:
        data["other"] = case.bundle.number
    if act.more:
        data["more"] = act.more
    if act.satisfied is not None:
        data["satisfied"] = act.satisfied
    return data


_HANDLER_GONE = {Step.RETURN, Step.DISPATCH, Step.SETTLE, Step.RECALL, Step.REOPEN}


def _settle(case: Case, after: Standing, act: Act, name: str, now: datetime) -> None:
    """Put what the machine says into the fields of the case."""
    case.stage, case.hold, case.team = after.stage, after.hold, after.team
    case.hands, case.commanders = sorted(after.hands), sorted(after.commanders)
    case.reviewers = sorted(after.reviewers)
    case.write_up_owed, case.verified, case.bound = (
        after.write_up_owed, after.verified, after.bound,
    )  # fmt: skip
    case.returns, case.was_late, case.exempt = after.returns, after.was_late, after.exempt
    case.appealed, case.appeal_open = after.appealed, after.appeal_open
    case.satisfied = after.satisfied
    case.owes = {name: due for name, due in case.owes.items() if name in after.owes}
    case.ended = (case.ended or now) if after.stage in ENDED else None
    case.version += not WAYS[act.step].quiet
    if act.step in {Step.ACCEPT, Step.HANDLE}:
        case.handler = name
    elif act.step in _HANDLER_GONE:
        case.handler = ""
    _count(case, act)


def _count(of: Case, act: Act) -> None:
    match act.step:
        case Step.GRANT:
            of.extra += act.more
        case Step.REWORK:
            of.reworks += 1
        case Step.URGE:
            of.urged += 1
        case Step.SUPERVISE:
            of.supervised = True
        case Step.EMERGENCY:
            of.emergency = True
        case Step.RESUME | Step.VOID:
            of.resume_on = None
        case Step.REOPEN | Step.UNBUNDLE:
            of.bundle = None


def _last_step(case: Case) -> CaseStep:
    return CaseStep.objects.filter(case=case).latest("id")
