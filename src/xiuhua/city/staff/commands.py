"""Writes of the staff room."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction

from .models import Member, Role, Team


class UnknownRole(ValueError):
    """A role that the house does not have."""

    def __init__(self, username: str, role: str) -> None:
        super().__init__(
            f"Account {username} has the role {role!r}; known are {', '.join(Role.values)}. "
            "The account was not changed."
        )


def put_team(*, code: str, kind: str, zh: str, en: str, sites: Sequence[str] = ()) -> Team:
    """Make or overwrite a team; no sites mean that it serves all of them."""
    facts = {"kind": kind, "zh": zh, "en": en, "sites": list(sites)}
    return Team.objects.update_or_create(code=code, defaults=facts)[0]


@transaction.atomic
def put_member(
    *,
    username: str,
    role: str,
    zh: str,
    en: str,
    team: str | None = None,
    phone: str = "",
    hashed_password: str | None = None,
    demo: bool = False,
) -> bool:
    """Make an account with its role, or overwrite all but its password; returns whether it is new.

    Without a password nobody can log in until an administrator sets one. Only a system
    administrator may enter the admin pages. Raises UnknownRole.
    """
    if role not in Role.values:
        raise UnknownRole(username, role)
    user = User.objects.filter(username=username).first()
    new = user is None
    if user is None:
        user = User.objects.create(
            username=username, password=hashed_password or make_password(None)
        )
    flag(user, role)
    facts = {"role": role, "zh": zh, "en": en, "team_id": team, "phone": phone, "demo": demo}
    Member.objects.update_or_create(user=user, defaults=facts)
    return new


def flag(user: User, role: str) -> None:
    """Give the account Django's flags of its role, or take them away."""
    user.is_staff = user.is_superuser = role == Role.SYSTEM_ADMIN
    user.save(update_fields=["is_staff", "is_superuser"])


def set_on_duty(*, username: str, on_duty: bool) -> bool:
    """Begin or end somebody's duty; returns False where no such member is known."""
    return bool(Member.objects.filter(user__username=username).update(on_duty=on_duty))
