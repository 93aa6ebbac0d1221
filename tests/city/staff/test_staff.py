"""Teams and their members."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User

from tests.city.conftest import Hire
from xiuhua.city.staff import commands, queries
from xiuhua.city.staff.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def teams() -> None:
    for code, kind, sites in [
        ("guard-tl04", "guard", ["tl04"]),
        ("guard-tl05", "guard", ["tl05"]),
        ("guard-all", "guard", []),
        ("fire", "fire", []),
    ]:
        commands.put_team(code=code, kind=kind, zh=code, en=code, sites=sites)


def test_a_site_is_served_by_its_own_team_before_those_of_all() -> None:
    assert queries.teams_serving("tl04", ["fire", "guard"]) == ["fire", "guard-tl04"]
    assert queries.teams_serving("street", ["guard", "repair"]) == ["guard-all"]
    assert [team.code for team in queries.teams(kind="guard", site="tl05")] == [
        "guard-tl05",
        "guard-all",
    ]


def test_a_team_is_rung_at_its_post_then_on_duty_then_at_everybodys_own(hire: Hire) -> None:
    now = datetime(2026, 11, 26, 4, tzinfo=UTC)
    commands.put_team(code="guard-tl04", kind="guard", zh="保", en="G", phone="021-0000-0001")
    for name in ("bao", "lin", "mute"):
        hire(name, role="gate_guard", team="guard-tl04")
    Member.objects.filter(user__username="bao").update(phone="13800000001")
    Member.objects.filter(user__username="lin").update(phone="13800000002")
    turn = {"since": now, "until": now + timedelta(hours=8), "by": "x", "now": now}
    commands.put_watch(username="lin", **turn)
    lines = queries.lines_of_team("guard-tl04", now)
    assert [(line.who, line.phone[-1]) for line in lines] == [("", "1"), ("lin", "2"), ("bao", "1")]
    assert queries.lines_of_member("lin") == [queries.Line("lin", "13800000002")]
    assert queries.lines_of_member("mute") == queries.lines_of_team("nowhere", now) == []


def test_a_former_member_is_in_no_team_but_keeps_their_name(hire: Hire) -> None:
    hire("lin", role="gate_guard", team="guard-tl04")
    hire("bao", role="gate_guard", team="guard-tl04")
    User.objects.filter(username="lin").update(is_active=False)
    former, active = (User.objects.get(username=name) for name in ("lin", "bao"))
    assert (queries.own_team(former), queries.own_team(active)) == ("", "guard-tl04")
    assert queries.own_team(AnonymousUser()) == ""
    assert queries.member("lin") is None
    assert queries.members(["lin", "bao"])["lin"].zh == "lin"


def test_only_a_system_administrator_enters_the_admin_pages(hire: Hire) -> None:
    assert hire("root", role="system_admin").is_staff
    officer = hire("root", role="duty_officer")  # given another role, loses the old one's doors
    assert (officer.is_staff, officer.is_superuser) == (False, False)


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(commands.UnknownRole, match="has the role 'king'; known are duty_officer"):
        commands.put_member(username="x", role="king", zh="x", en="x")
    assert not User.objects.filter(username="x").exists()


def test_without_a_password_nobody_logs_in(hire: Hire) -> None:
    assert not hire("lin", role="duty_officer").has_usable_password()


def test_a_telephone_number_is_shown_with_its_middle_hidden() -> None:
    commands.put_member(username="a", role="handler", zh="a", en="a", phone="13800001234")
    member = queries.member("a")
    assert member is not None and member.masked_phone == "138****1234"
