"""Three administrators: one asks for a role, another grants it, a third reads the chain."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.city.conftest import Hire
from xiuhua.city.access import may
from xiuhua.city.chain import AppendOnly
from xiuhua.city.staff import commands, grants
from xiuhua.city.staff.models import Grant, Member, Role, RoleWish

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def root(hire: Hire) -> User:
    """The system administrator, with a second factor."""
    found = hire("root", role="system_admin")
    Authenticator.objects.create(user=found, type="totp", data={"secret": "x"})
    return found


def member(username: str) -> Member:
    return Member.objects.get(user__username=username)


def seen(username: str) -> str:
    wish = RoleWish.objects.filter(member__user__username=username).first()
    return grants.mark(wish) if wish else ""


def asked(username: str, role: str = "shift_leader", by: str = "root") -> None:
    grants.ask(member(username), role=Role(role), team=None, why="新任", by=by, now=NOW)


def test_a_new_account_may_nothing_until_its_role_is_granted(
    client: Client, root: User, hire: Hire
) -> None:
    client.force_login(root)
    User.objects.create(username="new")
    new = User.objects.get(username="new")
    facts = {"user": new.pk, "zh": "新", "en": "New", "phone": "", "skills": "[]"}
    wanted = {"ask_role": "shift_leader", "ask_team": "", "ask_why": "新任值班长"}
    assert client.post("/admin/staff/member/add/", facts | wanted).status_code == 302
    assert member("new").role == "" and not may(new, "people.contact")
    client.force_login(hire("guard", role="security_admin"))
    assert "新任值班长" in client.get("/staff/grants/").content.decode()
    client.post("/staff/grants/new/", {"answer": "grant", "seen": "another"})
    assert member("new").role == "", "what was never shown was granted"
    client.post("/staff/grants/new/", {"answer": "grant", "seen": seen("new"), "why": "已核对"})
    assert member("new").role == "shift_leader"
    assert may(User.objects.get(username="new"), "people.contact")
    assert [row.what for row in Grant.objects.filter(username="new").order_by("seq")] == [
        "asked", "granted",
    ]  # fmt: skip


def test_a_role_is_asked_for_with_a_reason(client: Client, root: User, hire: Hire) -> None:
    hire("lin", role="handler")
    client.force_login(root)
    facts = {"zh": "林", "en": "Lin", "phone": "", "skills": "[]", "ask_role": "acceptor"}
    at = f"/admin/staff/member/{member('lin').pk}/change/"
    assert client.post(at, facts | {"ask_team": "", "ask_why": " "}).status_code == 200
    assert not RoleWish.objects.exists()
    assert client.post(at, facts | {"role": "acceptor", "ask_why": "调岗"}).status_code == 302
    assert member("lin").role == "handler", "a role was given without anybody's grant"


def test_nobody_grants_their_own_nor_what_they_asked(hire: Hire, root: User) -> None:
    hire("lin", role="handler")
    hire("guard", role="security_admin")
    with pytest.raises(grants.NotByYou):
        asked("root", by="root")
    asked("lin")
    with pytest.raises(grants.NotByYou):
        grants.decide("lin", seen=seen("lin"), granted=True, by="root", now=NOW)
    asked("guard", role="system_admin")
    with pytest.raises(grants.NotByYou):
        grants.decide("guard", seen=seen("guard"), granted=True, by="guard", now=NOW)
    grants.decide("lin", seen=seen("lin"), granted=False, why="不需要", by="guard", now=NOW)
    assert (
        member("lin").role == "handler"
        and not RoleWish.objects.filter(member__user__username="lin").exists()
    )
    with pytest.raises(grants.NoWish):
        grants.decide("lin", seen=seen("lin"), granted=True, by="guard", now=NOW)


def test_the_flags_of_the_role_come_and_go_with_the_grant(hire: Hire, root: User) -> None:
    hire("guard", role="security_admin")
    other = hire("wei", role="system_admin")
    asked("wei", role="duty_officer")
    grants.decide("wei", seen=seen("wei"), granted=True, by="guard", now=NOW)
    other.refresh_from_db()
    assert (other.is_staff, other.is_superuser) == (False, False)


def test_an_account_that_was_closed_comes_back_without_its_role(
    client: Client, root: User, hire: Hire
) -> None:
    lin = hire("lin", role="shift_leader")
    client.force_login(root)
    at = f"/admin/auth/user/{lin.pk}/change/"
    assert client.post(at, {}).status_code == 302
    assert client.post(at, {"is_active": "on"}).status_code == 302
    lin = User.objects.get(pk=lin.pk)
    assert lin.is_active and member("lin").role == "" and not may(lin, "people.contact")
    assert Grant.objects.get(what="closed").role == "shift_leader"


@pytest.mark.parametrize("way", ["password", "factor"])
def test_who_gives_a_way_in_takes_the_role_until_it_is_granted_again(
    client: Client, root: User, hire: Hire, way: str
) -> None:
    lin = hire("lin", role="shift_leader")
    factor = Authenticator.objects.create(user=lin, type="totp", data={"secret": "x"})
    client.force_login(root)
    new = {"password1": "seldom-heard-word-7", "password2": "seldom-heard-word-7"}
    if way == "password":
        client.post(f"/admin/auth/user/{lin.pk}/password/", new | {"usable_password": "true"})
    else:
        client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert Grant.objects.get(what=way).username == "lin"
    assert not may(User.objects.get(pk=lin.pk), "people.contact")
    hire("guard", role="security_admin")
    grants.decide("lin", seen=seen("lin"), granted=True, by="guard", now=NOW)
    assert member("lin").role == "shift_leader"


def test_password_and_factor_of_one_account_leave_one_wish(
    client: Client, root: User, hire: Hire
) -> None:
    lin = hire("lin", role="shift_leader")
    for what in (grants.What.PASSWORD, grants.What.FACTOR, grants.What.FACTOR):
        grants.taken(lin, what, by="root", now=NOW)
    assert RoleWish.objects.get().role == "shift_leader"
    grants.taken(lin, grants.What.CLOSED, by="root", now=NOW)
    assert not RoleWish.objects.exists()


def test_nobody_loses_their_role_over_their_own_password(root: User) -> None:
    grants.taken(root, grants.What.PASSWORD, by="root", now=NOW)
    assert member("root").role == "system_admin" and Grant.objects.filter(what="password").exists()


def test_accounts_keep_their_names_and_are_not_removed(
    client: Client, root: User, hire: Hire
) -> None:
    lin = hire("lin", role="handler")
    client.force_login(root)
    client.post(f"/admin/auth/user/{lin.pk}/change/", {"username": "other", "is_active": "on"})
    assert User.objects.filter(username="lin").exists()
    for page in (f"auth/user/{lin.pk}", f"staff/member/{lin.pk}"):
        assert client.post(f"/admin/{page}/delete/", {"post": "yes"}).status_code == 403


def test_the_chain_tells_what_was_loaded_and_that_it_is_whole(client: Client, hire: Hire) -> None:
    client.force_login(hire("ear", role="auditor"))
    commands.put_member(username="ear", role="auditor", zh="听", en="Ear")
    assert Grant.objects.filter(username="ear").count() == 1, "nothing new, nothing written"
    assert "安装时载入" in client.get("/staff/grants/").content.decode()
    assert client.post("/staff/grants/ear/", {"answer": "grant"}).status_code == 403
    with pytest.raises(AppendOnly):
        Grant.objects.get(seq=1).delete()
    Grant.objects.filter(seq=1).update(role="shift_leader")
    assert grants.ledger.first_broken() == 1
    assert "从第 1 条起对不上" in client.get("/staff/grants/").content.decode()
