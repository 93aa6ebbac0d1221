"""Reads of the staff room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from xiuhua.city.access import User

from .models import Member, Team, TeamKind


def member(username: str) -> Member | None:
    """The active member of that account, or None."""
    return _active().filter(user__username=username).first()


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
    serving = [t for t in found if not site or not t.sites or site in t.sites]
    return sorted(serving, key=lambda t: not t.sites)


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


def _active() -> QuerySet[Member]:
    return Member.objects.select_related("user", "team").filter(user__is_active=True)
