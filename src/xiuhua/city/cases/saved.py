"""Searches that people keep, for themselves or for their team."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from xiuhua.city.access import User
from xiuhua.city.staff import queries as staff

from .models import SavedSearch

MOST = 50
"""So many one person keeps."""


class NotKept(Exception):
    """A search that was not kept; the text says why."""


def known_to(user: User) -> list[SavedSearch]:
    """One's own, and those that one's team shares."""
    team = staff.own_team(user)
    mine = Q(owner=user.get_username())
    return list(SavedSearch.objects.filter(mine | Q(team=team) if team else mine))


def save(*, name: str, query: str, by: User, now: datetime, shared: bool) -> SavedSearch:
    """Keep a search, in the place of one's own of the same name. Raises NotKept."""
    if not name or len(name) > 60:
        raise NotKept(_("Please give it a name of at most 60 signs."))
    if len(query) > 500:
        raise NotKept(_("This search is too long to be kept."))
    team = staff.own_team(by) if shared else ""
    if shared and not team:
        raise NotKept(_("You are in no team to share it with."))
    own = SavedSearch.objects.filter(owner=by.get_username())
    if own.exclude(name=name).count() >= MOST:
        raise NotKept(_("You keep %(n)d searches; please throw one away first.") % {"n": MOST})
    facts = {"query": query, "team": team, "at": now}
    kept, _new = SavedSearch.objects.update_or_create(
        owner=by.get_username(), name=name, defaults=facts
    )
    return kept


def forget(id_: int, *, by: User) -> bool:
    """Throw one's own away; False where there is none."""
    return bool(SavedSearch.objects.filter(pk=id_, owner=by.get_username()).delete()[0])
