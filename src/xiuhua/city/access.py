"""Who may do what: the one table, and the one door that every page and every request asks.

What depends on the thing itself (whose team, whose own work) is the room's to decide, as in
`cases.machine`; here stands what a role may try at all. What no line allows is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Concatenate, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from ninja.operation import Operation
from ninja.security.session import SessionAuth
from ninja.utils import contribute_operation_callback

P = ParamSpec("P")
User = AbstractBaseUser | AnonymousUser

_LOOK = {"live.view", "device.look", "alert.look", "case.look", "rules.look", "evaluation.look"}
_TAKE_IN = {
    "case.report", "case.file", "case.ask_verify", "case.write_up", "case.merge", "case.unmerge",
    "case.decline", "case.contact", "case.answer", "case.call_back", "case.reach",
}  # fmt: skip
_INSPECT = {"case.verify", "case.refute", "case.approve", "case.rework"}
_SEND = {
    "case.dispatch", "case.recall", "case.send_back", "case.resume", "case.suspend", "case.grant",
    "case.deny", "case.bundle", "case.unbundle", "case.settle", "case.contact", "case.answer",
    "case.urge", "case.reach",
}  # fmt: skip
_UNIT = {"case.accept", "case.handle", "case.return", "case.ask_more", "case.appeal"}
_COMMAND = _LOOK | {
    "case.all",
    "alert.ack", "alert.false", "alert.group", "alert.hold", "alert.quiet", "alert.safety",
    "bulletin.write",
    "case.emergency", "case.urge", "channels.look", "device.command", "flags.set",
    "people.contact", "road.look", "staff.look",
}  # fmt: skip
_DESK = _LOOK | {"case.all"}
"""Who works on all cases. Whoever only looks sees what they were called to or took part in, and
what puts a life at risk: the others hold residents' words."""
_CHIEFS = _LOOK

ROLES: dict[str, frozenset[str]] = {
    "duty_officer": frozenset(_COMMAND | _TAKE_IN | _SEND | _UNIT | {"case.close"}),
    "shift_leader": frozenset(
        _COMMAND
        | _TAKE_IN
        | _SEND
        | {"case.approve", "case.rework", "case.close", "case.void", "case.reopen"}
        | {"case.uphold", "case.dismiss", "alert.force", "rules.approve"}
        | {"budget.set", "calendar.set", "people.family", "staff.plan"}
        | {"history.export", "history.look"}
        | {"standard.edit"}
    ),
    "acceptor": frozenset(_DESK | _TAKE_IN | {"case.close"}),
    "dispatcher": frozenset(_DESK | _SEND | {"staff.look"}),
    "grid_supervisor": frozenset(_DESK | _INSPECT | {"case.report", "case.uphold", "case.dismiss"}),
    "handler": frozenset({"case.look"} | _UNIT),
    "gate_guard": frozenset({"case.look", "case.report"} | _UNIT),
    "station_head": frozenset(_CHIEFS),
    "rail_police": frozenset(_CHIEFS),
    "police_head": frozenset(_CHIEFS | {"alert.safety", "alert.force"}),
    "subdistrict_head": frozenset(
        _DESK
        | {"case.urge", "case.supervise", "case.settle", "case.reopen", "case.emergency"}
        | {"alert.safety", "alert.force", "staff.look"}
        | {"history.export", "history.hold", "history.look"}
    ),
    "district_officer": frozenset(
        _DESK | {"case.urge", "case.supervise", "case.report", "case.uphold", "case.dismiss"}
    ),
    "window_clerk": frozenset({"case.look", "case.report"}),
    "social_worker": frozenset({"case.look", "case.report", "people.contact", "people.family"}),
    "care_adviser": frozenset(),
    "care_worker": frozenset(),
    "doctor": frozenset(),
    "nurse": frozenset(),
    "suggestion_officer": frozenset(),
    "integrator": frozenset(
        {"device.access", "device.look", "device.retire", "flags.set", "rejected.mend"}
        | {"road.look", "rules.approve", "rules.edit", "rules.look"}
    ),
    "auditor": frozenset({"grants.look", "history.look", "looks.look", "rules.look"}),
    "system_admin": frozenset(
        {"admin.enter", "device.look", "staff.look", "road.look", "channels.look", "channels.set"}
        | {"device.access", "device.retire", "history.look"}
    ),
    "security_admin": frozenset(
        {"grants.decide", "grants.look", "staff.look", "rules.look"}
        | {"history.erase", "history.hold", "history.keep", "history.look"}
    ),
}
"""Role → what it may try. The three administrators 三员 (system, security, audit) stay apart: who
keeps the accounts sees no residents, who audits changes nothing."""

ACTIONS = frozenset().union(*ROLES.values())


class UnknownAction(KeyError):
    """Code asked for an action that no role has: a slip of the pen, never a person's fault."""


def may(user: User, action: str) -> bool:
    """Whether this person's role allows the action. Nobody without an active membership may."""
    if action not in ACTIONS:
        raise UnknownAction(action)
    return action in ROLES.get(role_of(user), ())


def role_of(user: User) -> str:
    """The role of this person; "" for who has no active membership."""
    member = getattr(user, "member", None) if user.is_authenticated and user.is_active else None
    return str(member.role) if member else ""


def require(user: User, action: str) -> None:
    """Raises PermissionDenied where the action is not this person's."""
    if not may(user, action):
        raise PermissionDenied(action)


def needs(
    action: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """A view that only people of the right role reach: others are asked to log in, or refused."""
    if action not in ACTIONS:
        raise UnknownAction(action)

    def door(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        if iscoroutinefunction(view):
            return marked(login_required(_guard_async(view, action)), action)

        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            require(request.user, action)
            return view(request, *args, **kwargs)

        return marked(login_required(guarded), action)

    return door


View = TypeVar("View", bound=Callable[..., Any])


class RoleAuth(SessionAuth):
    """Who is logged in and whose role allows the action, as the typed interface asks it: before it
    reads a word of the request. Raises PermissionDenied where the action is not this person's."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action

    def authenticate(self, request: HttpRequest, key: str | None) -> AbstractBaseUser | None:
        """None for a stranger."""
        user: AbstractBaseUser | None = super().authenticate(request, key)
        if user is not None:
            require(user, self.action)
        return user

    def guard(self, operation: Operation) -> None:
        """Stand before this operation, in the place of its router's log-in."""
        operation.auth_param, operation.auth_callbacks = self, [self]


def asks(action: str) -> Callable[[View], View]:
    """The same door for a function of the typed interface, where 403 is an answer of its own."""
    if action not in ACTIONS:
        raise UnknownAction(action)

    def door(view: View) -> View:
        contribute_operation_callback(view, RoleAuth(action).guard)
        return marked(view, action)

    return door


def by_owner(words: str) -> Callable[[View], View]:
    """Says of a view that the thing itself decides too, and in which words the reference says so:
    who may not see a thing is told that there is none. Stands above the action, if there is one."""

    def mark(view: View) -> View:
        return marked(view, getattr(view, "needs", ""), words)

    return mark


def open_to_all(words: str) -> Callable[[View], View]:
    """A view without log-in, on purpose: `words` say for whom, and what keeps it."""

    def mark(view: View) -> View:
        vars(view)["open_to_all"] = True
        return marked(view, "", f"everyone: {words}")

    return mark


def marked(view: View, action: str, words: str = "") -> View:
    """The view with the action that its door asks for, for whoever draws up the table of doors."""
    vars(view).update(needs=action, owner=words)
    return view


def _guard_async(view: Callable[..., Any], action: str) -> Callable[..., Any]:
    @wraps(view)
    async def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        await sync_to_async(require)(await request.auser(), action)
        return await view(request, *args, **kwargs)

    return guarded
