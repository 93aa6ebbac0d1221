"""The inbox, a case with its next step, and the photos that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from . import commands, photos, queries, waiting
from .clocks import Clock
from .commands import Conflict, NotDone, Proof
from .forms import StepForm, form_for
from .loop import loop
from .machine import WAYS, Hold, Stage, Step
from .models import Case, Photo
from .photos import BadPhoto
from .reckoning import limit_of
from .shown import brought, clocks_of, limit_words, promises_of
from .standards import read_amount
from .waiting import Task
from .ways import ASIDE, BEFORE_TEAM
from .words import HOLDS, TAKEN

SHOWN = 50
"""So many tasks stand on a page; nobody has more in their head."""


@needs("case.look")
def board(request: HttpRequest) -> HttpResponse:
    """My next tasks, or with ?stage= every open case at a stage ("all": at any)."""
    stage = request.GET.get("stage", "")
    mine = not stage
    wanted = stage if stage in {each.value for each in Stage} else ""
    start, user = _start(request), request.user
    part: dict[str, Any] = {"start": start, "most": SHOWN + 1}
    tasks = waiting.inbox(user, **part) if mine else waiting.board(user, stage=wanted, **part)
    more, tasks = len(tasks) > SHOWN, tasks[:SHOWN]
    calls = waiting.calls_beside(user)[:SHOWN] if mine and not start else []
    every = [each for task in tasks for each in (task, *task.under)]
    codes = [task.case.place or task.case.site for task in every]
    shown = {
        "now": timezone.now(),
        "mine": mine,
        "stage": stage,
        "stages": _stages(request),
        "tasks": tasks,
        "next": start + SHOWN if more else 0,
        "start": start,
        "calls": calls,
        "labels": places.many_labels([*codes, *(call.alert.place for call in calls)]),
        "called": {call.alert_id: _storm_of(call) for call in calls if call.alert.children},
        "teams": {team.code: team for team in staff.teams()},
        "may_see_all": may(request.user, "case.all"),
        "may_report": may(request.user, "case.report"),
        "default_cloth": "paper",
    }
    return render(request, "cases/board.html", shown)


def _start(request: HttpRequest) -> int:
    """How many tasks were shown on the pages before."""
    asked = request.GET.get("from", "")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else 0


def _storm_of(call: alerts.Call) -> list[alerts.Placed]:
    """What belongs to the storm that a call is about, and where."""
    return alerts.placed(alerts.children_of(call.alert_id))


def _stages(request: HttpRequest) -> list[tuple[str, str, int]]:
    numbers = queries.by_stage(request.user)
    return [(stage, queries.stage_label(stage), number) for stage, number in numbers.items()]


@needs("case.look")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: why, how it went, what comes next."""
    return _page(request, _seen(request, number))


@needs("case.look")
@require_POST
def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """Take a step; refused, the page says why and keeps what was written."""
    found = _seen(request, number)
    if step not in {each.value for each in Step}:
        raise Http404
    wanted = Step(step)
    form = form_for(wanted, found, request.POST)
    try:
        commands.do(number, wanted, by=request.user, now=timezone.now(), **_brought(request, found))
    except (NotDone, BadPhoto) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        again = _seen(request, number)
        return _page(request, again, status=status, tried=form, sentence=str(refused))
    messages.success(request, f"{TAKEN[wanted]} · {number}")
    return redirect("cases:case", number=number)


def _brought(request: HttpRequest, case: Case) -> dict[str, Any]:
    """What came with the form; a version that is no number is a version long past."""
    sent, files = request.POST, request.FILES
    version = sent.get("version", "")
    before, after = (photos.read(files.getlist(name)) for name in ("before", "after"))
    words = {name: sent.get(name, "") for name in ("note", "team", "standard", "until", "other")}
    return words | {
        "version": int(version) if version.isdecimal() and len(version) < 10 else 0,
        "more": _more(sent.get("more", ""), case),
        "satisfied": _YES_NO.get(sent.get("satisfied", "")),
        "true": _YES_NO.get(sent.get("true", "")),
        "proof": Proof(before=before, after=after),
    }


_YES_NO = {"1": True, "0": False}


def _more(text: str, case: Case) -> int:
    """Hours or days as an amount of the case's own limit; 0 for what is neither."""
    try:
        return read_amount(Clock(case.clock), text)
    except (ValueError, OverflowError):
        return 0


@needs("case.look")
def of_alert(request: HttpRequest, alert: UUID) -> HttpResponse:
    """The case of an alert: its page, or for htmx a card to stand on another page."""
    found = queries.of_alert(request.user, alert)
    if "HX-Request" in request.headers:
        shown = {"case": found, "now": timezone.now(), "team": found and staff.team(found.team)}
        return render(request, "cases/_of_alert.html", shown)
    if found is None:
        raise Http404
    return redirect("cases:case", number=found.number)


@needs("case.look")
def photo(request: HttpRequest, id: int) -> FileResponse:  # noqa: A002
    """A photo, for those who may see its case."""
    found = queries.photo(request.user, id)
    if found is None:
        raise Http404
    try:
        file = photos.path_of(found.name).open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = FileResponse(file, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _seen(request: HttpRequest, number: str) -> Case:
    try:
        return queries.seen_case(request.user, number)
    except Case.DoesNotExist as unseen:
        raise Http404 from unseen


@dataclass(frozen=True)
class Offer:
    """A step that this person may take now, with its form."""

    step: Step
    form: StepForm


@dataclass(frozen=True)
class Offers:
    """What this person may do now: what the case waits for, what is owed besides, and the rest."""

    main: list[Offer]
    owed: list[Offer]
    aside: list[Offer]


def _offers(task: Task, tried: StepForm | None) -> Offers:
    """The forms of the steps offered; the one that was tried comes with what was written. Where the
    case waits for nothing else, the first of what is owed is the main thing."""
    forms = {tried.step: tried} if tried else {}
    every = [Offer(step, forms.get(step) or form_for(step, task.case)) for step in task.steps]
    onward = [offer for offer in every if offer.step not in ASIDE]
    main = [offer for offer in onward if not WAYS[offer.step].quiet] or onward[:1]
    owed = [offer for offer in onward if offer not in main]
    return Offers(main, owed, [offer for offer in every if offer.step in ASIDE])


def _names(case: Case, history: list[queries.CaseStep], voices: list[queries.Voice]) -> set[str]:
    told = {voice.by for voice in voices}
    return {case.handler, *(step.by for step in history), *told} - {""}


def _similar(request: HttpRequest, case: Case) -> list[tuple[Case, list[Photo]]]:
    """Perhaps the same matter: shown until the case is with a team, to those who may see it."""
    if case.stage not in BEFORE_TEAM:
        return []
    found = [one.pk for one in queries.similar(case)]
    return queries.with_photos(queries.visible(request.user).filter(pk__in=found))


def _page(
    request: HttpRequest,
    case: Case,
    *,
    status: int = 200,
    tried: StepForm | None = None,
    sentence: str = "",
) -> HttpResponse:
    now: datetime = timezone.now()
    history, voices = queries.history(case), queries.voices(case)
    task = waiting.task(request.user, case)
    belonging = alerts.children_of(case.alert) if case.alert and task.belonging else []
    shown = {
        "case": case,
        "now": now,
        "task": task,
        "place": places.label(case.place or case.site),
        "team": staff.team(case.team) if case.team else None,
        "people": staff.members(_names(case, history, voices)),
        "teams": {team.code: team for team in staff.teams()},
        "history": history,
        "belonging": alerts.placed(belonging),
        "storm": queries.of_alert(request.user, UUID(task.parent)) if task.parent else None,
        "photos": queries.shown_photos(history),
        "offers": _offers(task, tried),
        "loop": loop(case),
        "clocks": clocks_of(case, history, now),
        "promises": promises_of(case),
        "voices": voices,
        "may_merge": Step.MERGE in task.steps,
        "may_reach": may(request.user, "case.reach"),
        "similar": _similar(request, case),
        "broken": queries.broken_step(case, history),
        "brought": {step.pk: brought(case, step) for step in history},
        "limit": limit_words(limit_of(case)),
        "hold": HOLDS.get(Hold(case.hold)),
        "unknown": case.ended is None and case.due is None and not case.hold,
        "refused": sentence,
        "tried": tried,
        "may_see_alert": case.alert is not None and alerts.may_see(request.user, case.alert),
        "may_report_up": (case.life_safety or case.emergency)
        and may(request.user, "bulletin.write"),
        "may_dispatch": case.stage == Stage.FILED and may(request.user, "case.dispatch"),
        "default_cloth": "paper",
    }
    return render(request, "cases/case.html", shown, status=status)
