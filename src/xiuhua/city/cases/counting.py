"""What evaluation draws on: cases with their whole history, and what their keys are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Count, Q

from xiuhua.city.alerts import judged

from .machine import Stage
from .models import Case, CaseClass, CaseStep, Source


def numbers() -> Iterator[str]:
    """The number of every case, in the order in which they were opened."""
    return Case.objects.order_by("id").values_list("number", flat=True).iterator(chunk_size=2000)


def with_steps(numbers: Iterable[str]) -> list[tuple[Case, list[CaseStep]]]:
    """Cases by number with all steps of each, in order."""
    found = Case.objects.filter(number__in=list(numbers)).order_by("number")
    return [
        (case, sorted(case.steps.all(), key=lambda step: step.seq))
        for case in found.prefetch_related("steps")
    ]


def reported_without_alert(since: datetime, until: datetime) -> dict[str, int]:
    """By class, how many matters people reported and closed as true of which no rule's alert had
    told. A danger that they told of has an alert, raised by hand: no rule told of it either."""
    found = Case.objects.filter(opened__gte=since, opened__lt=until, stage=Stage.CLOSED)
    by_hand = judged.told_by_people(since, until)
    missed = found.filter(Q(alert=None) | Q(alert__in=by_hand)).exclude(alert_true=False)
    rows = missed.values("case_class").annotate(n=Count("id"))
    return {row["case_class"]: row["n"] for row in rows}


def class_names() -> dict[str, str]:
    """By code of a class, its name in the reader's language."""
    return {one.code: one.name for one in CaseClass.objects.all()}


def source_names() -> dict[str, str]:
    """By source, what it is called in the reader's language."""
    return {source.value: str(source.label) for source in Source}
