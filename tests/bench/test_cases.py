"""The bench of cases at the size of a thimble, on whichever database: what it fills is what the
rooms would have made, and each of its questions is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.cases import fill, invent, measure, scene
from tests.support.village import write_village

CASES = 300
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)


@pytest.fixture
def village(db: None, tmp_path: Path) -> None:
    from xiuhua.city.pilot import load_pilot

    load_pilot(write_village(tmp_path / "village", 1), now=NOW)


@pytest.fixture
def filled(village: None) -> int:
    fill.fill(CASES, NOW)
    return CASES


def test_what_is_filled_is_as_the_rooms_would_have_made_it(filled: int) -> None:
    from xiuhua.city.cases import finding, queries
    from xiuhua.city.cases.models import Case, CaseStep, CaseText
    from xiuhua.city.evaluation import commands as evaluation
    from xiuhua.city.evaluation.models import Fact

    cases = list(Case.objects.order_by("id"))
    assert len(cases) == filled
    assert [case.opened for case in cases] == sorted(case.opened for case in cases)
    for case in cases[::17]:
        assert queries.broken_step(case, queries.history(case)) is None
        assert (case.ended is None) == (case.stage in queries.OPEN)
    assert {"alert", "patrol", "hotline"} <= {case.source for case in cases}
    assert CaseStep.objects.count() > 5 * filled

    facts = list(Fact.objects.order_by("number").values())
    assert evaluation.rebuild() == filled
    assert list(Fact.objects.order_by("number").values()) == facts
    texts = list(CaseText.objects.order_by("case_id").values())
    assert finding.write_all_down() == filled
    assert list(CaseText.objects.order_by("case_id").values()) == texts


def test_each_question_is_answered(filled: int) -> None:
    for question in measure.questions(NOW, filled, times=2):
        question.times = 1
        answer = measure.measure(question, warm=0)
        assert answer.line().startswith(f"  {question.name}")
        assert answer.statements < 80, question.name


def test_a_stretch_is_the_same_whatever_was_invented_before(village: None) -> None:
    of = scene.scene()
    one, other = (invent.Inventor(of, CASES, NOW, 7) for _ in range(2))
    other.some(0, 50)
    assert [made.case.number for made in one.some(50, 90)] == [
        made.case.number for made in other.some(50, 90)
    ]
    assert len({made.case.number for made in one.some(0, CASES)}) == CASES
