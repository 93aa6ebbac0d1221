"""Scores of rules: each has its row, what was missed counts once, times are of true alerts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from django.contrib.auth.models import User

from tests.city.alerts import world
from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.models import Alert, Incident
from xiuhua.city.cases import reporting
from xiuhua.city.cases.models import Case, Source
from xiuhua.city.cases.opening import open_for
from xiuhua.city.cases.reporting import Report
from xiuhua.city.evaluation import periods, scoring, shown
from xiuhua.city.evaluation.scoring import ClassScore, Score
from xiuhua.city.rules.models import Rule
from xiuhua.engine.changes import AlertChange
from xiuhua.epoch import millis

DAY = periods.read("2026-11-23", NOW)


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return world.settle()


def score(rule: str = "smoke-fire") -> Score:
    return {one.rule: one for one in scoring.scored(DAY).rules}[rule]


def of_class(code: str = "fire") -> ClassScore:
    return {one.case_class: one for one in scoring.scored(DAY).classes}[code]


def close(**which: object) -> None:
    assert Case.objects.filter(**which).update(
        stage="closed", ended=NOW, write_up_owed=False, alert_true=True
    )


def tell(*changes: AlertChange) -> None:
    alerts.record(changes, NOW)
    open_for(changes, NOW)


def smoke(device: int, *, before: int, **more: object) -> AlertChange:
    """An alert of smoke that had been there for so many seconds."""
    told = change(device=device, **more)  # type: ignore[arg-type]
    since = millis(NOW - timedelta(seconds=before))
    return msgspec.structs.replace(
        told, evidence=msgspec.structs.replace(told.evidence, since=since)
    )


def reported(by: User, case_class: str = "fire", source: Source = Source.PHONE) -> Case:
    new = Report(source=source, case_class=case_class, place="tl05", words="")
    return reporting.report(new, by=by, now=NOW)


def test_a_rule_that_never_spoke_has_its_row(people: dict[str, User]) -> None:
    assert {one.rule for one in scoring.scored(DAY).rules} == {
        "smoke-fire", "smoke-battery", "smoke-silent",
    }  # fmt: skip
    reported(people["acceptor"])
    close()
    assert (score().alerts, score().true, score().precision) == (0, 0, None)
    assert (of_class().found, of_class().missed, of_class().recall) == (0, 1, 0.0)
    assert any(
        "0.0%" in row and "100.0%" in row for row in shown.classes(scoring.scored(DAY).classes).rows
    )


def test_a_withdrawn_rule_is_listed_where_it_spoke(people: dict[str, User]) -> None:
    tell(change())
    Rule.objects.filter(id="smoke-fire").update(standing=None)
    Rule.objects.filter(id="smoke-silent").update(standing=None)
    assert {one.rule for one in scoring.scored(DAY).rules} == {"smoke-fire", "smoke-battery"}
    assert (score().alerts, score().case_class, score().zh) == (1, "fire", "疑似火情")


@pytest.mark.parametrize("source", [Source.PHONE, Source.WEB])
def test_a_danger_that_people_told_of_was_missed(people: dict[str, User], source: Source) -> None:
    case = reported(people["acceptor"], source=source)
    assert case.alert
    assert of_class().missed == 0, "nobody has said yet that it was true"
    close()
    assert of_class().missed == 1


def test_what_a_rule_had_told_of_as_well_was_not_missed(people: dict[str, User]) -> None:
    tell(change())
    case = reported(people["acceptor"])
    incident = Incident.objects.create(opened=NOW)
    Alert.objects.update(incident=incident)
    close(number=case.number)
    assert of_class().missed == 0
    alerts.judged_by_case(UUID(change().id), by="officer", reason="炒菜", now=NOW)
    assert of_class().missed == 1, "what the rule said was something else"


def test_what_was_missed_counts_once_for_all_rules_of_a_class(people: dict[str, User]) -> None:
    tell(change(device=1), change("smoke-battery", device=1), change("smoke-battery", device=2))
    for _ in range(2):
        reported(people["acceptor"], "device-care")
    close()
    Rule.objects.filter(id="smoke-battery").update(standing=None)
    care = of_class("device-care")
    assert (care.found, care.missed, care.recall) == (2, 2, 0.5)
    assert [one.rule for one in care.rules] == ["smoke-battery"]
    assert (of_class().found, of_class().missed) == (1, 0)
    assert [one.case_class for one in scoring.scored(DAY).classes] == ["device-care", "fire"]


def test_several_rules_of_one_class_find_one_matter_once(people: dict[str, User]) -> None:
    tell(change(device=1), change("smoke-battery", device=1))
    incident = Incident.objects.create(opened=NOW)
    Alert.objects.update(incident=incident, case_class="fire")
    close()
    Rule.objects.filter(id="smoke-battery").update(standing=None)
    assert {one.rule for one in of_class().rules} == {"smoke-fire", "smoke-battery"}
    assert of_class().found == 1


def test_times_are_medians_of_true_alerts_only(people: dict[str, User]) -> None:
    tell(smoke(1, before=10), smoke(2, before=30), smoke(3, before=50), smoke(4, before=9000))
    Alert.objects.update(incident=None)
    ids = [UUID(change(device=n).id) for n in (1, 2, 3, 4)]
    for n, id_ in enumerate(ids):
        seen = NOW + timedelta(seconds=20 * (n + 1))
        alerts.acknowledge(id_, by="officer", team="duty", now=seen)
    alerts.judged_by_case(ids[3], by="officer", reason="炒菜", now=NOW)
    close()
    assert (score().true, score().false) == (3, 1)
    assert (score().found_after, score().seen_after) == (30.0, 40.0)
    row = next(row for row in shown.rules(scoring.scored(DAY).rules).rows if row[0] == "疑似火情")
    assert row[-2:] == ["30 秒", "40 秒"]


def test_it_began_when_the_alert_was_raised_whatever_came_after(people: dict[str, User]) -> None:
    over = smoke(1, before=2, seq=2, what="cleared", after=60)
    tell(smoke(1, before=10), over)
    close()
    assert score().found_after == 10.0


def test_where_nobody_knows_the_beginning_there_is_no_time(people: dict[str, User]) -> None:
    told = change()
    tell(msgspec.structs.replace(told, evidence=msgspec.structs.replace(told.evidence, since=0)))
    close()
    assert (score().true, score().found_after, score().seen_after) == (1, None, None)
