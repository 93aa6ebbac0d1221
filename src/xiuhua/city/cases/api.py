"""Cases at /api/cases/. A refusal is a problem with its sentence in both languages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from xiuhua.city.access import asks, by_owner
from xiuhua.city.problems import Problem, problem

from . import commands, photos, queries, reporting, waiting
from .commands import NotDone, Proof
from .machine import Refusal, Stage, Step
from .models import Case, CaseClass, Source
from .photos import BadPhoto
from .reporting import Report

router = Router(tags=["cases"])
Answer = dict[str, Any] | HttpResponse
Answers = list[dict[str, Any]] | HttpResponse

_STATUS = {
    "conflict": 409, Refusal.ENDED: 409, Refusal.STAGE: 409, Refusal.NOTHING_OWED: 409,
    Refusal.SUSPENDED: 409, Refusal.ASKING: 409, Refusal.NOT_HELD: 409, Refusal.NO_APPEAL: 409,
    Refusal.ROLE: 403, Refusal.OTHER_TEAM: 403, Refusal.OWN_WORK: 403, Refusal.OWN_COMMAND: 403,
    Refusal.SAME_REVIEWER: 403,
}  # fmt: skip
"""HTTP's word for a refusal; anything else is 422: the request lacks something."""


class CaseOut(Schema):
    """A case. Times are epoch milliseconds; send `version` back with the next step. `due` is when
    it must have left its stage; null while the clock stands still (`hold`), and where the calendar
    ends before it could be reckoned."""

    number: str
    alert: str | None
    case_class: str
    zh: str
    en: str
    place: str
    site: str
    device: str
    stage: Stage
    stage_zh: str
    stage_en: str
    version: int
    team: str
    team_zh: str
    team_en: str
    handler_zh: str
    handler_en: str
    life_safety: bool
    write_up_owed: bool
    source: Source
    hold: str
    opened: int
    due: int | None
    ended: int | None


class TaskOut(CaseOut):
    """A case that waits for somebody: how grave, why, and the steps that they may take now."""

    level: str
    sentence_zh: str
    sentence_en: str
    steps: list[Step]


class PhotoOut(Schema):
    id: int
    shows: str


class StepOut(Schema):
    step: str
    frm: str
    to: str
    by: str
    at: int
    note: str
    photos: list[PhotoOut]


class CaseDetail(TaskOut):
    history: list[StepOut]


class Counts(Schema):
    open: int
    overdue: int
    write_up_owed: int


class Wish(Schema):
    """What comes with a step: the version that was seen, a note, a team to dispatch to, the code of
    a standard to file under, more time (minutes, or days where the limit is in days), a day to
    suspend to (ISO), another case's number, whether the reporter is satisfied, whether the alert
    was true."""

    version: int
    note: str = ""
    team: str = ""
    standard: str = ""
    more: int = 0
    until: str = ""
    other: str = ""
    satisfied: bool | None = None
    true: bool | None = None


class Told(Schema):
    """A matter that is reported: how, of which class, where, in the reporter's own words."""

    source: Source
    case_class: str
    place: str
    words: str
    name: str = Field("", max_length=60)
    phone: str = Field("", max_length=24)
    order: str = Field("", max_length=40)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)


@router.get("/", response={200: list[TaskOut], 403: Problem})
@asks("case.look")
def board(request: HttpRequest, stage: Stage | None = None) -> Answers:
    """Every open case that one may see, the gravest and most urgent first."""
    return _tasks(waiting.board(request.user, stage=stage or ""))


@router.get("/inbox", response={200: list[TaskOut], 403: Problem})
@asks("case.look")
def inbox(request: HttpRequest) -> Answers:
    """What waits for oneself, the gravest and most urgent first."""
    return _tasks(waiting.inbox(request.user))


@router.get("/counts", response={200: Counts, 403: Problem})
@asks("alert.look")
def counts(request: HttpRequest) -> Answer:  # noqa: ARG001
    """How many cases are open, overdue, and owe their write-up."""
    return queries.counts(timezone.now())


@router.post("/", response={201: CaseDetail, 403: Problem, 422: Problem})
@asks("case.report")
def report(
    request: HttpRequest,
    told: Form[Told],
    before: File[list[UploadedFile]] = [],  # noqa: B006
) -> Status[dict[str, Any]] | HttpResponse:
    """Report a matter; `before` are photos of it. Which sources are whose, the house says."""
    spot = None if told.lon is None or told.lat is None else (told.lon, told.lat)
    new = Report(**told.dict(exclude={"lon", "lat"}), spot=spot)
    try:
        proof = Proof(before=photos.read(before))
        case = reporting.report(new, by=request.user, now=timezone.now(), proof=proof)
    except CaseClass.DoesNotExist:
        return problem(422, "unknown_class", _("There is no such class of case."))
    except NotDone as refused:
        return problem(422, refused.code, refused)
    except BadPhoto as bad:
        return problem(422, "bad_photo", bad)
    return Status(201, _detail(request, case))


@router.get("/{number}", response={200: CaseDetail, 404: Problem})
@by_owner("the desk, its team, and those who took part")
def one(request: HttpRequest, number: str) -> Answer:
    """A case with its history and the steps that one may take now."""
    try:
        return _detail(request, queries.seen_case(request.user, number))
    except Case.DoesNotExist:
        return _unknown()


@router.post(
    "/{number}/steps/{step}",
    response={200: CaseDetail, 403: Problem, 404: Problem, 409: Problem, 422: Problem},
)
@by_owner("who sees the case, by the table of steps")
def take(
    request: HttpRequest,
    number: str,
    step: Step,
    wish: Form[Wish],
    before: File[list[UploadedFile]] = [],  # noqa: B006
    after: File[list[UploadedFile]] = [],  # noqa: B006
) -> Answer:
    """Take a step. `before` and `after` are photos; handling needs at least one from after."""
    try:
        queries.seen_case(request.user, number)  # before photos of whoever it is are read
        proof = Proof(before=photos.read(before), after=photos.read(after))
        case = commands.do(
            number, step, by=request.user, now=timezone.now(), proof=proof, **wish.dict()
        )
    except Case.DoesNotExist:
        return _unknown()
    except NotDone as refused:
        status = _STATUS.get(refused.code, 422)
        return problem(status, refused.code, refused)
    except BadPhoto as bad:
        return problem(422, "bad_photo", bad)
    return _detail(request, case)


def _tasks(tasks: list[waiting.Task]) -> list[dict[str, Any]]:
    briefs = queries.briefs(task.case for task in tasks)
    own = ("level", "sentence_zh", "sentence_en", "steps")
    return [
        brief | {name: getattr(task, name) for name in own}
        for brief, task in zip(briefs, tasks, strict=True)
    ]


def _detail(request: HttpRequest, case: Case) -> dict[str, Any]:
    (row,) = _tasks([waiting.task(request.user, case)])
    return row | {"history": [_step(step) for step in queries.history(case)]}


def _step(step: queries.CaseStep) -> dict[str, Any]:
    row = {name: getattr(step, name) for name in ("step", "frm", "to", "by", "note")}
    photos_ = [{"id": photo.id, "shows": photo.shows} for photo in step.photos.all()]
    return row | {"at": queries.millis(step.at), "photos": photos_}


def _unknown() -> HttpResponse:
    return problem(404, "unknown", _("There is no such case for you."))
