"""An alert that asks for a case gets exactly one, in the right hands from the first moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.city.alerts.world import NOW, change, raised_and_cleared
from xiuhua.city import feed
from xiuhua.city.cases import commands, queries
from xiuhua.city.cases.models import Case, CaseClass, CaseStep, Standard
from xiuhua.city.rules import commands as installing
from xiuhua.city.staff.models import Team
from xiuhua.engine.rules import default_rules

pytestmark = pytest.mark.usefixtures("people")


def test_life_safety_is_with_its_team_at_once_and_owes_the_write_up() -> None:
    (case,) = commands.open_for([change()], NOW)
    assert (case.stage, case.team, case.write_up_owed) == ("dispatched", "fire-1", True)
    assert case.due == NOW + timedelta(minutes=30)
    assert [step.step for step in queries.history(case)] == ["open"]


def test_an_everyday_matter_waits_to_be_filed() -> None:
    (case,) = commands.open_for([change("smoke-battery", level="warn")], NOW)
    assert (case.stage, case.team, case.write_up_owed) == ("reported", "", False)


def test_a_rule_without_a_class_opens_nothing() -> None:
    assert commands.open_for([change("smoke-silent")], NOW) == []
    assert not Case.objects.exists()


def test_the_same_alert_told_again_opens_no_second_case() -> None:
    commands.open_for(raised_and_cleared(), NOW)
    told = feed.head()
    assert commands.open_for(raised_and_cleared(), NOW) == []
    assert Case.objects.count() == CaseStep.objects.count() == 1
    assert feed.head() == told


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from(["smoke-fire", "smoke-battery", "smoke-silent"]),
                           st.integers(1, 6)), max_size=6),
        max_size=5,
    )
)  # fmt: skip
def test_as_many_cases_as_alerts_with_a_class_however_they_come(
    batches: list[list[tuple[str, int]]],
) -> None:
    CaseStep.objects.all().delete()
    Case.objects.all().delete()
    for batch in batches:
        commands.open_for([change(rule, device=device) for rule, device in batch], NOW)
    asked = {one for batch in batches for one in batch if one[0] != "smoke-silent"}
    cases = Case.objects.order_by("number")
    assert cases.count() == len(asked)
    assert len({case.number for case in cases}) == len(asked)


def test_a_storm_costs_few_queries() -> None:
    with CaptureQueriesContext(connection) as small:
        commands.open_for([change(device=n) for n in range(3)], NOW)
    with CaptureQueriesContext(connection) as large:
        commands.open_for([change(device=n) for n in range(10, 160)], NOW)
    assert Case.objects.count() == 153
    assert len(large) < 3 * len(small), "cost grows with every case instead of with every batch"


def test_numbers_count_the_day_of_the_city() -> None:
    before_midnight = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    commands.open_for([change(device=1), change(device=2)], before_midnight)
    commands.open_for([change(device=3)], before_midnight)
    commands.open_for([change(device=4)], before_midnight + timedelta(minutes=1))
    assert list(Case.objects.order_by("id").values_list("number", flat=True)) == [
        "310104911-20261123-00001",
        "310104911-20261123-00002",
        "310104911-20261123-00003",
        "310104911-20261124-00001",
    ]


def test_the_streets_are_no_place_but_lie_in_the_sub_district() -> None:
    on_the_street = msgspec.structs.replace(change(site="street"), place="tl05")
    (case,) = commands.open_for([on_the_street], NOW)
    assert (case.site, case.subdistrict) == ("street", "310104911")


def test_a_site_in_no_sub_district_still_gets_its_case() -> None:
    (case,) = commands.open_for([change(site="nowhere")], NOW)
    assert case.number == "000000000-20261123-00001"


def test_a_missing_team_falls_to_the_command_centre() -> None:
    Team.objects.filter(kind="fire").update(sites=["tl09"])
    (case,) = commands.open_for([change()], NOW)
    assert case.team == "duty"


def test_without_any_team_the_case_waits_for_a_dispatcher() -> None:
    Team.objects.filter(kind="fire").update(sites=["tl09"])
    Team.objects.filter(kind="duty").update(kind="management")
    (case,) = commands.open_for([change()], NOW)
    assert (case.stage, case.team, case.write_up_owed) == ("filed", "", True)


def test_a_class_nobody_described_never_holds_up_an_alert() -> None:
    Standard.objects.filter(case_class="fire").delete()
    CaseClass.objects.filter(code="fire").delete()
    (case,) = commands.open_for([change()], NOW)
    assert (case.team, case.case_class.zh) == ("duty", "疑似火情")


def test_the_feed_tells_of_the_case_and_its_team() -> None:
    (case,) = commands.open_for([change()], NOW)
    (event,) = feed.after(0)[-1:]
    assert (event.topic, event.key) == ("case", case.number)
    assert '"team_zh":"微型消防站"' in event.body
    assert '"stage_zh":"待接单","stage_en":"To be taken on"' in event.body


def test_every_danger_that_the_house_knows_ends_in_a_case_to_write_up() -> None:
    """What is recorded while people act, up to a door that is forced, belongs to a file."""
    dangers = [rule for rule in default_rules() if rule.life_safety]
    installing.install(rules=default_rules(), now=NOW)
    told = [change(rule.id, device=at) for at, rule in enumerate(dangers)]
    assert {"fire-no-water", "fire-lane-fire"} <= {rule.id for rule in dangers}
    opened = commands.open_for(told, NOW)
    assert {case.alert for case in opened} == {UUID(one.id) for one in told}
    assert all(case.life_safety and case.write_up_owed for case in opened)
