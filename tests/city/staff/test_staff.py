"""Teams and their members."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User

from tests.city.conftest import Hire
from xiuhua.city.staff import commands, queries

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


def test_duty_begins_for_one_and_for_nobody_else(hire: Hire) -> None:
    hire("lin", role="duty_officer")
    hire("bao", role="duty_officer")
    assert commands.set_on_duty(username="lin", on_duty=True)
    assert not commands.set_on_duty(username="nobody", on_duty=True)
    on_duty = {name: member.on_duty for name, member in queries.members(["lin", "bao"]).items()}
    assert on_duty == {"lin": True, "bao": False}


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
