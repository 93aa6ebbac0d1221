"""Cases at /api/cases/. A refusal is a problem with its sentence in both languages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile

from xiuhua.city.access import asks, by_owner
from xiuhua.city.problems import Problem, problem

from . import commands, photos, queries
from .commands import NotDone, Proof
from .machine import Refusal, Stage, Step
from .models import Case
from .photos import BadPhoto

router = Router(tags=["cases"])
Answer = dict[str, Any] | HttpResponse
Answers = list[dict[str, Any]] | HttpResponse

_STATUS = {
    "conflict": 409, Refusal.ENDED: 409, Refusal.STAGE: 409, Refusal.NOTHING_OWED: 409,
    Refusal.ROLE: 403, Refusal.OTHER_TEAM: 403, Refusal.OWN_WORK: 403,
}  # fmt: skip
"""HTTP's word for a refusal; anything else is 422: the request lacks something."""


class CaseOut(Schema):
    """A case. Times are epoch milliseconds; send `version` back with the next step."""

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
    opened: int
    due: int
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
    """What comes with a step: the version that was seen, a note, a team to dispatch to."""

    version: int
    note: str = ""
    team: str = ""


@router.get("/", response={200: list[TaskOut], 403: Problem})
@asks("case.look")
def board(request: HttpRequest, stage: Stage | None = None) -> Answers:
    """Every open case that one may see, the gravest and most urgent first."""
    return _tasks(queries.board(request.user, stage=stage or ""))


@router.get("/inbox", response={200: list[TaskOut], 403: Problem})
@asks("case.look")
def inbox(request: HttpRequest) -> Answers:
    """What waits for oneself, the gravest and most urgent first."""
    return _tasks(queries.inbox(request.user))


@router.get("/counts", response={200: Counts, 403: Problem})
@asks("alert.look")
def counts(request: HttpRequest) -> Answer:  # noqa: ARG001
    """How many cases are open, overdue, and owe their write-up."""
    return queries.counts(timezone.now())


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


def _tasks(tasks: list[queries.Task]) -> list[dict[str, Any]]:
    briefs = queries.briefs(task.case for task in tasks)
    own = ("level", "sentence_zh", "sentence_en", "steps")
    return [
        brief | {name: getattr(task, name) for name in own}
        for brief, task in zip(briefs, tasks, strict=True)
    ]


def _detail(request: HttpRequest, case: Case) -> dict[str, Any]:
    (row,) = _tasks([queries.task(request.user, case)])
    return row | {"history": [_step(step) for step in queries.history(case)]}


def _step(step: queries.CaseStep) -> dict[str, Any]:
    row = {name: getattr(step, name) for name in ("step", "frm", "to", "by", "note")}
    photos_ = [{"id": photo.id, "shows": photo.shows} for photo in step.photos.all()]
    return row | {"at": queries.millis(step.at), "photos": photos_}


def _unknown() -> HttpResponse:
    return problem(404, "unknown", _("There is no such case for you."))
