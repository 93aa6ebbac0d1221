"""Every write of the cases room. A step is one transaction: the machine says whether it may be, a
compare-and-set whether somebody was first, the history keeps it, the feed tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiuhua.city import feed
from xiuhua.city.access import User
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.staff import queries as staff
from xiuhua.neighbourhood import CaseClass as NewClass

from . import photos
from .machine import ENDED, WAYS, Act, Refusal, Refused, Standing, Step, take
from .models import Case, CaseClass, CaseStep, Photo
from .opening import open_for
from .queries import actor_of, brief, seen_case, standing_of
from .words import REFUSALS, TAKEN

__all__ = ["Conflict", "NotDone", "Proof", "do", "open_for", "put_classes"]

LONGEST_NOTE = 2000
_CLASS_COLUMNS = (
    "sort", "number", "zh", "en", "team_kind", "limit_minutes", "life_safety",
    "closing_zh", "closing_en",
)  # fmt: skip


class NotDone(Exception):
    """A step was refused and nothing has changed. As text: why, in the reader's language."""

    def __init__(self, code: str, words: Promise) -> None:
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


def do(
    number: str,
    step: Step,
    *,
    by: User,
    version: int,
    now: datetime,
    note: str = "",
    team: str = "",
    proof: Proof = Proof(),
) -> Case:
    """Take one step of a case as `by`, who saw it at `version`.

    1. Photos are cleaned, then written to disk; they go again if the step is refused.
    2. The machine decides. 3. The case moves only if it is still as it was seen.
    4. History and feed follow in the same transaction.

    Raises `NotDone` where it may not be, `Conflict` where another was first, `BadPhoto`, and
    `Case.DoesNotExist` where this person may not see such a case.
    """
    case = seen_case(by, number)
    act = Act(step=step, note=note.strip()[:LONGEST_NOTE], team=team, photos=len(proof.after))
    after = _decided(case, by, act, version)
    kept = _keep(proof)
    try:
        with transaction.atomic():
            return _move(case, after, act, by, now, kept)
    except BaseException:  # whatever it was, the photos belong to no step
        for photo in kept:
            photos.drop(photo.name)
        raise


def _decided(case: Case, by: User, act: Act, version: int) -> Standing:
    """The case as it will stand, by the machine. A write-up moves nothing: any version will do."""
    if WAYS[act.step].to is not None and version != case.version:
        raise Conflict(_last_step(case))
    if act.team and staff.team(act.team) is None:
        raise NotDone(Refusal.NEEDS_TEAM, REFUSALS[Refusal.NEEDS_TEAM])
    try:
        return take(standing_of(case), actor_of(by), act)
    except Refused as refused:
        raise NotDone(refused.code, REFUSALS[refused.code]) from refused


def _keep(proof: Proof) -> list[Photo]:
    """Clean all the photos before the first is written, so that a bad one leaves nothing behind."""
    if len(proof.before) + len(proof.after) > photos.MOST_PHOTOS:
        raise NotDone("too_many_photos", gettext_lazy("Please send at most six photos."))
    cleaned = [(Photo.Shows.BEFORE, photos.clean(raw)) for raw in proof.before]
    cleaned += [(Photo.Shows.AFTER, photos.clean(raw)) for raw in proof.after]
    return [Photo(shows=shows, name=photos.keep(jpeg), size=len(jpeg)) for shows, jpeg in cleaned]


def _move(
    case: Case, after: Standing, act: Act, by: User, now: datetime, kept: Iterable[Photo]
) -> Case:
    name = by.get_username()
    if not _set(case, after, act, name, now):
        raise Conflict(_last_step(case))
    step = CaseStep.objects.create(
        case=case, step=act.step, frm=case.stage, to=after.stage, by=name, at=now,
        note=act.note, data={"team": act.team or case.team},
    )  # fmt: skip
    for photo in kept:
        photo.step = step
    Photo.objects.bulk_create(kept)
    if act.step is Step.ACCEPT and case.alert:
        with suppress(alerts.NotCalled):  # who goes has heard
            alerts.answer_call(case.alert, team=case.team, by=name, now=now)
    case.refresh_from_db()
    feed.tell("case", case.number, brief(case))
    return case


def _set(case: Case, after: Standing, act: Act, name: str, now: datetime) -> bool:
    """Move the case if it still is as it was read; False where another was first."""
    if act.step is Step.WRITE_UP:
        owed = Case.objects.filter(pk=case.pk, write_up_owed=True, ended=None)
        return bool(owed.update(write_up_owed=False))
    handler = {Step.ACCEPT: name, Step.HANDLE: name, Step.RETURN: "", Step.DISPATCH: ""}
    as_read = Case.objects.filter(pk=case.pk, stage=case.stage, version=case.version)
    return bool(
        as_read.update(
            stage=after.stage,
            version=case.version + 1,
            team=after.team,
            hands=sorted(after.hands),
            handler=handler.get(act.step, case.handler),
            ended=now if after.stage in ENDED else None,
        )
    )


def _last_step(case: Case) -> CaseStep:
    return CaseStep.objects.filter(case=case).latest("id")


def put_classes(*, classes: Iterable[NewClass]) -> int:
    """Put classes of case into the table, over known ones; returns how many."""
    rows = [
        CaseClass(
            code=new.code, sort=new.sort, number=new.number, zh=new.zh, en=new.en,
            team_kind=new.team, limit_minutes=new.limit_minutes, life_safety=new.life_safety,
            closing_zh=new.closing.zh, closing_en=new.closing.en,
        )
        for new in classes
    ]  # fmt: skip
    CaseClass.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=_CLASS_COLUMNS
    )
    return len(rows)
