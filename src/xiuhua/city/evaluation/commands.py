"""Writes of the evaluation room: facts that follow the cases, reports that are
kept, reports of serious matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import structlog
from django.db import transaction

from xiuhua.city import feed
from xiuhua.city.cases import queries as cases

from . import periods, queries
from .facts import drawn
from .indicators import BadIndicator
from .models import Bulletin, Fact, Followed, MonthReport

log = structlog.get_logger()

BATCH = 500
"""So many cases are drawn at a time."""


def follow() -> int:
    """Bring the facts up to the cases, by the change feed: it has one order and no gaps. Returns
    how many cases were drawn. What the feed no longer holds is drawn from all cases."""
    followed = Followed.objects.values_list("feed", flat=True).first()
    head = feed.head()
    if followed is None or not feed.reaches(followed):
        return rebuild()
    drawn_ = 0
    while followed < head and (events := feed.after(followed)):
        numbers = {event.key for event in events if event.topic == "case"}
        followed = events[-1].id
        with transaction.atomic():
            drawn_ += _draw(sorted(numbers))
            Followed.objects.update(feed=followed)
    return drawn_


def rebuild() -> int:
    """Draw every case anew; returns how many. What moves meanwhile is drawn again afterwards."""
    head = feed.head()
    count = sum(_draw(numbers) for numbers in _batches(cases.numbers()))
    with transaction.atomic():
        Followed.objects.all().delete()
        Followed.objects.create(feed=head)
    return count


def keep_month(now: datetime) -> bool:
    """Keep what the report of the month before says, once: cases that move on later, reopened or
    exempted, change what is drawn anew and not what was said. Returns whether it was kept now."""
    month = periods.before(periods.month_of(now))
    if month is None or queries.kept(month):
        return False
    follow()
    if not Fact.objects.filter(opened__lt=month.until).exists():
        return False
    try:
        figures = queries.figures(month)
    except BadIndicator as error:
        log.warning("evaluation.no_table", why=str(error), hint="see xiuhua doctor, X15")
        return False
    said = {
        key: {code: [one.top, one.bottom, one.spared] for code, one in rates.items()}
        for key, rates in figures.items()
    }
    _, new = MonthReport.objects.get_or_create(
        month=month.words, defaults={"at": now, "figures": said}
    )
    return new


def _draw(numbers: Sequence[str]) -> int:
    columns = [field.name for field in Fact._meta.fields if not field.primary_key]  # noqa: SLF001
    rows = [_fact(case, steps) for case, steps in cases.with_steps(numbers)]
    Fact.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["number"], update_fields=columns
    )
    return len(rows)


def _fact(case: cases.Case, steps: Sequence[cases.CaseStep]) -> Fact:
    return Fact(
        number=case.number,
        case_class=case.case_class_id,
        source=case.source,
        site=case.site,
        team=case.team,
        stage=case.stage,
        life_safety=case.life_safety,
        opened=case.opened,
        exempt=case.exempt,
        returns=case.returns,
        reworks=case.reworks,
        satisfied=case.satisfied,
        **drawn(case, steps),
    )


def _batches(numbers: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for number in numbers:
        batch.append(number)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class NotNow(Exception):
    """A report of that sort does not fit what was reported before; nothing was written."""


class NothingSaid(Exception):
    """A report needs what happened and what was done; nothing was written."""


@transaction.atomic
def report(
    *, case: str, kind: str, what: str, done: str, next: str, people: str,  # noqa: A002
    facts: Mapping[str, object], by: str, now: datetime,
) -> Bulletin:  # fmt: skip
    """Add a report of a serious matter: the first one once and first, then follow-ups, a final one
    once and last. Raises NotNow, NothingSaid."""
    if not what.strip() or not done.strip():
        raise NothingSaid
    before = list(Bulletin.objects.select_for_update().filter(case=case))
    kinds = {one.kind for one in before}
    if (kind == Bulletin.Kind.FIRST) == bool(before) or Bulletin.Kind.FINAL in kinds:
        raise NotNow
    texts = {"what": what.strip(), "done": done.strip(), "next": next.strip()}
    return Bulletin.objects.create(
        case=case, number=len(before) + 1, kind=kind, people=people.strip(), facts=dict(facts),
        by=by, at=now, **texts,
    )  # fmt: skip
