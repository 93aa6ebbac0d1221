"""Keeps what cases are found by (`CaseText`) as the cases are. Inside the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.utils import translation

from xiuhua.city.places import queries as places

from .models import Case, CaseStep, CaseText, Voice
from .wording import body, pieces

BATCH = 500
"""So many cases are written down at a time."""


def write_down(cases: Iterable[Case]) -> int:
    """Write the words of these cases down, or anew; returns how many."""
    found = list(cases)
    for start in range(0, len(found), BATCH):
        CaseText.objects.bulk_create(
            _texts(found[start : start + BATCH]),
            update_conflicts=True,
            unique_fields=["case"],
            update_fields=["body", "pieces"],
        )
    return len(found)


def write_all_down() -> int:
    """Write every case down anew; returns how many."""
    found = Case.objects.order_by("id").iterator(chunk_size=BATCH)
    return sum(write_down(some) for some in _batches(found))


def text_of(case: Case, labels: Iterable[str], said: Iterable[str]) -> CaseText:
    """One case's words: its names, where it is, what people wrote."""
    words = body([case.zh, case.en, case.order, case.device, *labels, *said])
    return CaseText(case_id=case.pk, body=words, pieces=" ".join(pieces(words)))


def _texts(cases: list[Case]) -> Iterator[CaseText]:
    said: dict[int, list[str]] = defaultdict(list)
    ids = [case.pk for case in cases]
    for voice in Voice.objects.filter(case__in=ids).exclude(words="").order_by("id"):
        said[voice.case_id].append(voice.words)
    notes = CaseStep.objects.filter(case__in=ids).exclude(note="").order_by("case", "seq")
    for id_, note in notes.values_list("case_id", "note"):
        said[id_].append(note)
    where = {case.place or case.site for case in cases}
    with translation.override("zh-hans"):
        zh = places.many_labels(where)
    with translation.override("en"):
        en = places.many_labels(where)
    for case in cases:
        code = case.place or case.site
        yield text_of(case, {zh[code]: 0, en[code]: 0}, said[case.pk])


def _batches(cases: Iterator[Case]) -> Iterator[list[Case]]:
    batch: list[Case] = []
    for case in cases:
        batch.append(case)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
