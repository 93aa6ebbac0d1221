"""Writes of the staff room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from . import grants
from .models import Absence, Member, Responsibility, Role, RoleWish, Skill, Swap, Team, Watch


class UnknownRole(ValueError):
    """A role that the house does not have."""

    def __init__(self, username: str, role: str) -> None:
        super().__init__(
            f"Account {username} has the role {role!r}; known are {', '.join(Role.values)}. "
            "The account was not changed."
        )


def put_team(
    *, code: str, kind: str, zh: str, en: str, sites: Sequence[str] = (), phone: str = ""
) -> Team:
    """Make or overwrite a team; no sites mean that it serves all of them."""
    facts = {"kind": kind, "zh": zh, "en": en, "sites": list(sites), "phone": phone}
    return Team.objects.update_or_create(code=code, defaults=facts)[0]


class UnknownTeam(ValueError):
    """A team that the house does not have; nothing was changed."""


class UnknownSkill(ValueError):
    """A skill that the house does not know; nothing was changed."""

    def __init__(self, unknown: set[str]) -> None:
        super().__init__(
            f"Unknown skills {', '.join(sorted(unknown))}; known are {', '.join(Skill.values)}."
        )


def set_responsible(
    *, case_class: str, place: str, main: str, helper: str = "", by: str, now: datetime
) -> Responsibility:
    """Say whose a class of cases is in a place; `main` "" gives it back to whoever has it without
    this row. Raises UnknownTeam."""
    if not {main, helper} - {""} <= set(Team.objects.values_list("code", flat=True)):
        raise UnknownTeam
    return Responsibility.objects.create(
        case_class=case_class, place=place, main=main, helper=helper if main else "", by=by, at=now
    )


def set_skills(username: str, skills: Sequence[str]) -> None:
    """What somebody can do. Raises UnknownSkill."""
    if unknown := set(skills) - set(Skill.values):
        raise UnknownSkill(unknown)
    Member.objects.filter(user__username=username).update(skills=sorted(set(skills)))


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
    grants.flag(user, role)
    before = Member.objects.filter(user=user).values_list("role", "team").first()
    if before != (role, team):  # the installer's act
        grants.note(
            grants.What.LOADED, username, role=role, team=team or "", by="", now=timezone.now()
        )
    facts = {"role": role, "zh": zh, "en": en, "team_id": team, "phone": phone, "demo": demo}
    Member.objects.update_or_create(user=user, defaults=facts)
    RoleWish.objects.filter(member__user=user).delete()
    return new


class Overlaps(Exception):
    """The member has a turn of duty in that time already; nothing has changed."""


class EndsFirst(Exception):
    """The end does not come after the beginning; nothing has changed."""


class UnknownTurn(Exception):
    """There is no such turn of duty or swap."""


class NotTheirs(Exception):
    """The turn is not this person's to give, or the swap not theirs to answer; nothing changed."""


@transaction.atomic
def put_watch(*, username: str, since: datetime, until: datetime, by: str, now: datetime) -> Watch:
    """Give a member a turn of duty. Raises EndsFirst, Overlaps; Member.DoesNotExist."""
    if until <= since:
        raise EndsFirst
    member = Member.objects.select_for_update().get(user__username=username)
    if member.watches.filter(since__lt=until, until__gt=since).exists():
        raise Overlaps
    return Watch.objects.create(member=member, since=since, until=until, by=by, at=now)


def drop_watch(watch_id: int) -> bool:
    """Take a turn of duty off the plan; returns whether it stood there."""
    return bool(Watch.objects.filter(id=watch_id).delete()[0])


@transaction.atomic
def ask_swap(watch_id: int, *, by: str, to: str, now: datetime) -> Swap:
    """Ask a colleague of the same office to take one's own turn. Raises UnknownTurn, NotTheirs;
    Overlaps where the colleague has duty then."""
    turns = Watch.objects.select_for_update(of=("self",)).select_related("member__user")
    watch = turns.filter(id=watch_id).first()
    other = Member.objects.filter(user__username=to).select_related("user").first()
    if watch is None or other is None:
        raise UnknownTurn
    if watch.member.user.username != by or watch.until <= now or other.pk == watch.member_id:
        raise NotTheirs
    if other.role != watch.member.role or not other.user.is_active:
        raise NotTheirs
    _free(other, watch)
    watch.swaps.filter(answered=None).update(answered=now)
    return Swap.objects.create(watch=watch, to=other, asked=now)


@transaction.atomic
def answer_swap(swap_id: int, *, by: str, agree: bool, now: datetime) -> Swap:
    """Agree, and the turn changes hands, or decline. Raises
    UnknownTurn, NotTheirs, Overlaps."""
    swaps = Swap.objects.select_for_update(of=("self",)).select_related("watch__member", "to__user")
    swap = swaps.filter(id=swap_id).first()
    if swap is None:
        raise UnknownTurn
    if swap.to.user.username != by or swap.answered is not None or swap.watch.until <= now:
        raise NotTheirs
    if agree:
        _free(swap.to, swap.watch)
        watch = swap.watch
        watch.was, watch.member = watch.member, swap.to
        watch.save(update_fields=["was", "member"])
    swap.answered, swap.agreed = now, agree
    swap.save(update_fields=["answered", "agreed"])
    return swap


def _free(member: Member, watch: Watch) -> None:
    if member.watches.filter(since__lt=watch.until, until__gt=watch.since).exists():
        raise Overlaps


def put_absence(
    *, username: str, since: datetime, until: datetime, why: str, by: str, now: datetime
) -> Absence:
    """Note that somebody is away; their turns of duty do not count then. Raises EndsFirst."""
    if until <= since:
        raise EndsFirst
    member = Member.objects.get(user__username=username)
    return Absence.objects.create(member=member, since=since, until=until, why=why, by=by, at=now)
