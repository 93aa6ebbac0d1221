"""Reads of the staff room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet

from xiuhua.city.access import User

from .models import Absence, Member, Responsibility, Skill, Swap, Team, TeamKind, Watch


def member(username: str) -> Member | None:
    """The active member of that account, or None."""
    return _active().filter(user__username=username).first()


def active() -> list[Member]:
    """Everybody with an account, by office and name."""
    return list(_active().order_by("role", "user__username"))


def members(usernames: Iterable[str]) -> dict[str, Member]:
    """Members by account, former ones too: their names stand in old steps."""
    found = Member.objects.select_related("user", "team").filter(user__username__in=set(usernames))
    return {person.user.username: person for person in found}


def own_team(user: User) -> str:
    """The code of this person's team, "" for none."""
    found = member(user.get_username()) if user.is_authenticated else None
    return (found.team_id or "") if found else ""


def team_kinds() -> dict[str, str]:
    """The kinds of team that there are, each with its name in the reader's language."""
    return {kind.value: str(kind.label) for kind in TeamKind}


def team(code: str) -> Team | None:
    """The team of that code, or None."""
    return Team.objects.filter(code=code).first()


def teams(*, kind: str = "", site: str = "") -> list[Team]:
    """Teams of a kind that serve a site, those of that very site before those of all; an empty
    word leaves that open."""
    found = Team.objects.order_by("code")
    if kind:
        found = found.filter(kind=kind)
    return serving(found, site)


def serving(among: Iterable[Team], site: str) -> list[Team]:
    """Those that serve a site ("": any), those of that very site before those of all."""
    found = [team for team in among if not site or not team.sites or site in team.sites]
    return sorted(found, key=lambda team: not team.sites)


def demo_accounts() -> int:
    """How many active accounts have a password that lies in HOME/demo."""
    return _active().filter(demo=True).count()


def teams_serving(site: str, kinds: Sequence[str]) -> list[str]:
    """Codes of the teams of these kinds that serve a site, in the order of the kinds; of each kind
    the site's own teams where it has any, else those that serve every site."""
    found = teams(site=site)
    codes: list[str] = []
    for kind in kinds:
        of_kind = [t for t in found if t.kind == kind]
        own = [t for t in of_kind if t.sites]
        codes += [t.code for t in own or of_kind]
    return codes


Rows = dict[tuple[str, str], Responsibility]
"""Rows of the matrix by class and place; "" is every one."""


def responsibilities() -> Rows:
    """All the rows that count: the newest of each class and place, but for those that give it
    back."""
    newest = Responsibility.objects.order_by().values("case_class", "place")
    newest = newest.annotate(newest=Max("id"))
    rows = Responsibility.objects.filter(id__in=newest.values("newest"))
    return {(row.case_class, row.place): row for row in rows if row.main}


def deciding(rows: Rows, case_class: str, chain: Sequence[str]) -> Responsibility | None:
    """Of these, the row for the class in the most particular of the places (`chain`, its own
    first), before the one for the class everywhere, before the one for everything in the most
    particular place; None where none speaks of it."""
    by_class = [(case_class, place) for place in (*chain, "")]
    asked = (*by_class, *(("", place) for place in chain))
    return next((rows[key] for key in asked if key in rows), None)


def responsibility_history(most: int) -> list[Responsibility]:
    """The newest changes of whose something is."""
    return list(Responsibility.objects.order_by("-id")[:most])


def skills() -> dict[str, str]:
    """What people can be asked to be able to do, in the reader's language."""
    return {skill.value: str(skill.label) for skill in Skill}


def free_now(teams: Iterable[str], now: datetime) -> list[tuple[Member, datetime | None]]:
    """Who of these teams may be sent now, with the end of their turn of duty: those on duty, and of
    a team without any turn now everybody who is not away (None: no end is known)."""
    wanted = set(teams)
    away = set(_now(Absence.objects.all(), now).values_list("member", flat=True))
    turns = _now(Watch.objects.filter(member__team__in=wanted), now)
    ends = dict(turns.exclude(member__in=away).values_list("member", "until"))
    planned = set(turns.exclude(member__in=away).values_list("member__team", flat=True))
    found = _active().filter(team__in=wanted).order_by("user__username")
    return [
        (one, ends.get(one.pk))
        for one in found
        if one.pk not in away and (one.pk in ends or one.team_id not in planned)
    ]


def of_office(role: str, now: datetime) -> list[Member]:
    """Whom to call for an office: who has a turn of duty now, else everybody who is not away, else
    everybody: never nobody while the office is filled."""
    all_ = list(_active().filter(role=role).order_by("user__username"))
    away = set(_now(Absence.objects.all(), now).values_list("member", flat=True))
    here = [member for member in all_ if member.pk not in away]
    on = set(_now(Watch.objects.filter(member__in=here), now).values_list("member", flat=True))
    return [member for member in here if member.pk in on] or here or all_


def on_watch(team: str, now: datetime) -> list[Member]:
    """Who of a team has a turn of duty now and is not away."""
    away = _now(Absence.objects.all(), now).values("member")
    on = _now(Watch.objects.all(), now).exclude(member__in=away).values("member")
    return list(_active().filter(team=team, pk__in=on).order_by("user__username"))


class Line(NamedTuple):
    """A telephone to ring: whose it is (an account; "" for a team's post), and its number."""

    who: str
    phone: str


def lines_of_team(code: str, now: datetime) -> list[Line]:
    """Where a team is rung, one after the other: its post, whoever has a turn of duty, then its
    other people who are not away."""
    found = team(code)
    post = [Line("", found.phone)] if found and found.phone else []
    away = _now(Absence.objects.all(), now).values("member")
    on = on_watch(code, now)
    rest = _active().filter(team=code).exclude(pk__in=away).exclude(pk__in=[one.pk for one in on])
    people = [*on, *rest.order_by("user__username")]
    return post + [Line(one.user.username, one.phone) for one in people if one.phone]


def lines_of_member(username: str) -> list[Line]:
    """Where a person is rung; nowhere while no number of theirs is known."""
    found = member(username)
    return [Line(username, found.phone)] if found and found.phone else []


def watches(since: datetime, until: datetime) -> list[Watch]:
    """Turns of duty that touch that time, with their people, in order."""
    found = Watch.objects.filter(since__lt=until, until__gt=since)
    return list(found.select_related("member__user", "member__team", "was"))


def absences(since: datetime, until: datetime) -> list[Absence]:
    """Who is away at some time in it."""
    found = Absence.objects.filter(since__lt=until, until__gt=since)
    return list(found.select_related("member__user"))


def open_swaps() -> list[Swap]:
    """What is asked and not yet answered."""
    return list(
        Swap.objects.filter(answered=None).select_related("watch__member__user", "to__user")
    )


def _now(found: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    return found.filter(since__lte=now, until__gt=now)


def _active() -> QuerySet[Member]:
    return Member.objects.select_related("user", "team").filter(user__is_active=True)
