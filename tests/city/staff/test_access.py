"""Who may do what: the table against the roles, the door against strangers."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tests.city.conftest import Hire
from xiuhua.city import access
from xiuhua.city.staff.models import Role

THREE = ("system_admin", "security_admin", "auditor")


def test_every_role_has_its_line_and_no_other() -> None:
    assert set(access.ROLES) == set(Role.values)


def test_no_administrator_sees_residents_or_moves_cases() -> None:
    for role in THREE:
        assert not {a for a in access.ROLES[role] if a.startswith(("people.", "case.", "alert."))}


def test_only_the_auditor_sees_who_looked_and_changes_nothing() -> None:
    assert [r for r, actions in access.ROLES.items() if "looks.look" in actions] == ["auditor"]
    assert all(action.endswith(".look") for action in access.ROLES["auditor"])


def test_who_handles_does_not_inspect() -> None:
    hands = {r for r, actions in access.ROLES.items() if "case.handle" in actions}
    eyes = {r for r, actions in access.ROLES.items() if "case.approve" in actions}
    assert hands and eyes and not hands & eyes


@pytest.mark.django_db
def test_a_role_may_what_its_line_says_and_nothing_else(hire: Hire) -> None:
    officer, clerk = hire("lin", role="duty_officer"), hire("wu", role="window_clerk")
    assert access.may(officer, "people.contact")
    assert not access.may(officer, "rules.approve")
    assert not access.may(clerk, "live.view")


@pytest.mark.django_db
def test_without_an_active_membership_nothing_is_allowed(hire: Hire) -> None:
    gone = hire("lin", role="duty_officer")
    gone.is_active = False
    loose = User.objects.create_superuser("loose")
    for user in (gone, loose, AnonymousUser()):
        assert not access.may(user, "live.view")


def test_an_unknown_action_is_a_slip_of_the_pen() -> None:
    with pytest.raises(access.UnknownAction):
        access.may(AnonymousUser(), "case.fiel")


@access.needs("case.close")
def close(request: HttpRequest, number: str) -> HttpResponse:
    return HttpResponse(f"closed {number}")


@pytest.mark.django_db
def test_the_door_sends_strangers_to_log_in_and_refuses_colleagues(hire: Hire) -> None:
    request = RequestFactory().get("/cases/7/close")
    request.user = AnonymousUser()
    answer = close(request, "7")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/accounts/login/?next=/cases/7/close",
    )
    request.user = hire("bao", role="handler")
    with pytest.raises(PermissionDenied):
        close(request, "7")
    request.user = hire("lin", role="duty_officer")
    assert close(request, "7").content == b"closed 7"


@access.needs("case.close")
async def close_later(request: HttpRequest) -> HttpResponse:
    return HttpResponse("closed")


@pytest.fixture
def colleagues(hire: Hire) -> dict[str, User]:
    """A handler and a duty officer, their membership read already."""
    found = {role: hire(role, role=role) for role in ("handler", "duty_officer")}
    assert all(user.member for user in found.values())
    return found


async def test_the_door_holds_for_async_views_too(colleagues: dict[str, User]) -> None:
    def request_of(user: User) -> HttpRequest:
        async def auser() -> User:
            return user

        request = RequestFactory().get("/")
        request.auser = auser
        return request

    with pytest.raises(PermissionDenied):
        await close_later(request_of(colleagues["handler"]))
    answer = await close_later(request_of(colleagues["duty_officer"]))
    assert answer.content == b"closed"
