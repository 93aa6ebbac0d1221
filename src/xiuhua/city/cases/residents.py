"""What who reported a matter does afterwards, by the door of the public: see how far it is, add to
it, ask to hurry, rate it, disagree. None of it moves the case: what becomes of it is the desk's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from xiuhua.city import feed

from . import photos
from .commands import LONGEST_NOTE, NO_PROOF, Proof, keep_photos, record
from .machine import OPEN, Stage, Step
from .models import Case, CaseClass, Source, Voice
from .queries import brief
from .reporting import Report, take_in

HURRY_EVERY = timedelta(hours=24)
"""A reporter may ask to hurry so often."""

MOST_ADDED = 20
"""So many times may a reporter add something to one case."""


class NotNow(Exception):
    """It is too early, too late or too often for this; nothing was recorded. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the sub-district told the reporter, and when; or what the reporter did."""

    step: str
    at: datetime
    words: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a matter is, as its reporter may know it: no names, no notes of the house."""

    number: str
    case_class: CaseClass
    stage: Stage
    opened: datetime
    ended: datetime | None
    said: tuple[Said, ...]
    rated: bool
    hurry: bool

    @property
    def ended_well(self) -> bool:
        """Closed, so that it may be rated and disagreed with."""
        return self.stage is Stage.CLOSED


_TOLD = (Step.CONTACT, Step.ANSWER, "told", "pressed", "rated", "contested")


def case_of(pk: int) -> Case:
    """The case that a report became, or the one that it was merged into."""
    case = Case.objects.select_related("case_class", "merged_into__case_class").get(pk=pk)
    while case.merged_into:
        case = case.merged_into
    return case


def progress(pk: int, now: datetime) -> Progress:
    """How far it is."""
    own, case = Case.objects.get(pk=pk), case_of(pk)
    steps = list(case.steps.filter(step__in=_TOLD).order_by("seq"))
    # What other reporters of a merged case were told and said is theirs.
    ours = own.pk == case.pk
    shown = [step for step in steps if ours or step.step == Step.ANSWER]
    said = [Said(step=step.step, at=step.at, words=step.note) for step in shown]
    return Progress(
        number=own.number, case_class=case.case_class, stage=Stage(case.stage),
        opened=own.opened, ended=case.ended, said=tuple(said),
        rated=any(step.step == "rated" for step in steps),
        hurry=case.stage in OPEN and not _hurried(case, now),
    )  # fmt: skip


def _hurried(case: Case, now: datetime) -> bool:
    return case.steps.filter(step="pressed", at__gt=now - HURRY_EVERY).exists()


def hurry(pk: int, *, now: datetime) -> Case:
    """Ask to hurry 催办: counted and shown on the case; once a day. Raises `NotNow`."""

    def change(case: Case) -> None:
        if case.stage not in OPEN:
            raise NotNow("ended")
        if _hurried(case, now):
            raise NotNow("hurried")
        case.urged += 1

    return _do(pk, "pressed", change, now=now)


def add(pk: int, *, words: str, now: datetime, proof: Proof = NO_PROOF) -> Case:
    """Add words or photos to an open case. Raises `NotNow`, `NotDone` and `BadPhoto`."""

    def change(case: Case) -> None:
        if case.stage not in OPEN:
            raise NotNow("ended")
        if case.steps.filter(step="told").count() >= MOST_ADDED:
            raise NotNow("often")
        Voice.objects.create(case=case, source=Source.WEB, words=words[:LONGEST_NOTE], at=now)

    return _do(pk, "told", change, now=now, words=words, proof=proof)


def rate(pk: int, *, satisfied: bool, words: str, now: datetime) -> Case:
    """Say once, after closing, whether one is satisfied: it stands above what the desk heard by
    telephone, and the history keeps both. Raises `NotNow`."""

    def change(case: Case) -> None:
        if case.stage != Stage.CLOSED:
            raise NotNow("open")
        if case.steps.filter(step="rated").exists():
            raise NotNow("rated")
        case.satisfied = satisfied

    return _do(pk, "rated", change, now=now, words=words, data={"satisfied": satisfied})


def contest(pk: int, *, words: str, now: datetime) -> Case:
    """Disagree 申诉 with how a case was closed: the matter begins again as a new case, verified by
    somebody and on a clock of its own, and the old one says so. Returns the new one; once a case.
    Raises `NotNow`."""
    new: list[Case] = []

    def change(case: Case) -> None:
        if case.stage != Stage.CLOSED:
            raise NotNow("open")
        if case.steps.filter(step="contested").exists():
            raise NotNow("contested")
        spot = None if case.lon is None or case.lat is None else (case.lon, case.lat)
        again = Report(
            source=Source.WEB, case_class=case.case_class_id, place=case.place, spot=spot,
            words=f"{case.number}: {words}", reachable=False,
        )  # fmt: skip
        new.append(take_in(again, by="", now=now))

    _do(pk, "contested", change, now=now, words=words)
    return new[0]


def _do(
    pk: int, step: str, change: Callable[[Case], None], *, now: datetime, words: str = "",
    proof: Proof = NO_PROOF, data: dict[str, object] | None = None,
) -> Case:  # fmt: skip
    kept = keep_photos(proof)
    try:
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=case_of(pk).pk)
            change(case)
            brought = {**(data or {}), **({"photos": [one.name for one in kept]} if kept else {})}
            record(
                case, step, frm=case.stage, by="", now=now, note=words[:LONGEST_NOTE],
                data=brought, kept=kept,
            )  # fmt: skip
            feed.tell("case", case.number, brief(case))
            return case
    except BaseException:
        for photo in kept:
            photos.drop(photo.name)
        raise
