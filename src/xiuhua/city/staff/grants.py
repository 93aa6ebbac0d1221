"""Who gets which role: the system administrator asks, the security administrator grants, the
auditor reads the chain. Nobody does two of these for one account, nor any for their own."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from xiuhua.city.chain import Ledger
from xiuhua.epoch import millis

from .models import Grant, GrantsHead, Member, Role, RoleWish, Team

What = Grant.What


class NotByYou(Exception):
    """For one's own account, or for what one asked for oneself; nothing was changed."""


class NoWish(Exception):
    """Nothing is asked for this account (any more), or something else than was shown."""


def _facts(row: Grant) -> list[object]:
    return [row.seq, row.at, row.what, row.username, row.role, row.team, row.why, row.by]


ledger = Ledger("grants", _facts, Grant, GrantsHead)


def note(
    what: What, username: str, *, by: str, now: datetime, role: str = "", team: str = "",
    why: str = "",
) -> None:  # fmt: skip
    """Write into the chain what happened to an account, inside the caller's transaction."""
    ledger.append(
        Grant(at=millis(now), what=what, username=username, role=role, team=team, why=why, by=by)
    )


@transaction.atomic
def ask(member: Member, *, role: Role, team: Team | None, why: str, by: str, now: datetime) -> None:
    """Ask for a role, in the place of what was asked before. Raises NotByYou."""
    if member.user.username == by:
        raise NotByYou
    facts = {"role": role, "team": team, "why": why, "by": by, "at": now}
    RoleWish.objects.update_or_create(member=member, defaults=facts)
    note(
        What.ASKED, member.user.username, role=role, team=team.code if team else "", why=why,
        by=by, now=now,
    )  # fmt: skip


@transaction.atomic
def decide(
    username: str, *, seen: str, granted: bool, why: str = "", by: str, now: datetime
) -> None:
    """Grant what is asked for an account, or refuse it; `seen` is the `mark` of what was shown.
    Raises NoWish, NotByYou."""
    wish = RoleWish.objects.select_for_update().filter(member__user__username=username).first()
    if wish is None or mark(wish) != seen:
        raise NoWish
    if by in {username, wish.by}:
        raise NotByYou
    member = wish.member
    if granted:
        member.role, member.team = wish.role, wish.team
        member.save(update_fields=["role", "team"])
        flag(member.user, member.role)
    note(
        What.GRANTED if granted else What.REFUSED, username, role=wish.role,
        team=wish.team_id or "", why=why, by=by, now=now,
    )  # fmt: skip
    wish.delete()


@transaction.atomic
def taken(user: User, what: What, *, by: str, now: datetime) -> None:
    """An account was closed, or a way into it given by an administrator: it has no role until one
    is granted anew, and unless it was closed that is asked for at once. Of one's own account it is
    only noted: one was in already."""
    if user.username == by and what is not What.CLOSED:
        note(what, user.username, by=by, now=now)
        return
    member = Member.objects.filter(user=user).first()
    role, team = (member.role, member.team) if member else ("", None)
    Member.objects.filter(user=user).update(role="")
    if what is What.CLOSED:
        RoleWish.objects.filter(member__user=user).delete()
    flag(user, "")
    note(what, user.username, role=role, by=by, now=now)
    if member and role and what is not What.CLOSED:
        ask(member, role=Role(role), team=team, why=str(what.label), by=by, now=now)


def mark(wish: RoleWish) -> str:
    """What tells this wish from any other for the account."""
    return f"{millis(wish.at)}-{wish.role}-{wish.team_id or ''}"


def wishes() -> list[RoleWish]:
    """What is asked and not yet decided, the oldest first."""
    return list(RoleWish.objects.select_related("member__user", "team").order_by("at", "pk"))


def newest(most: int) -> list[Grant]:
    """The newest links of the chain."""
    return list(Grant.objects.order_by("-seq")[:most])


def flag(user: User, role: str) -> None:
    """Give the account Django's flags of its role, or take them away."""
    user.is_staff = user.is_superuser = role == Role.SYSTEM_ADMIN
    user.save(update_fields=["is_staff", "is_superuser"])
