"""Reads of the rules room."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.db.models import QuerySet
from django.utils.translation import get_language

from xiuhua.engine.rules import Rule as TypedRule
from xiuhua.engine.rules import parse

from .models import Enactment, Rule, RuleVersion, Setback, State, Trial


def rule(id: str, version: int) -> TypedRule:  # noqa: A002
    """A version of a rule, typed; raises KeyError for one that was never written here."""
    found = RuleVersion.objects.filter(rule=id, number=version).values_list("text", flat=True)
    if not found:
        raise KeyError(f"{id} v{version}")
    return typed(found[0], version)


@lru_cache(maxsize=1024)
def typed(text: str, version: int) -> TypedRule:
    """The one rule of a version's text. A version's text never changes, so this is kept."""
    return parse(text, version=version)[0]


def rules(*, kind: str = "") -> QuerySet[Rule]:
    """Every rule with the version in force, by kind and id."""
    found = Rule.objects.select_related("standing").order_by("kind", "id")
    return found.filter(kind=kind) if kind else found


def one(id: str) -> Rule | None:  # noqa: A002
    """The rule of that id, or None."""
    return Rule.objects.select_related("standing").filter(id=id).first()


def names() -> dict[str, str]:
    """By rule in force, its name in the reader's language."""
    english = get_language() == "en"
    return {rule.id: rule.en if english else rule.zh for rule in standing()}


def versions(of: Rule) -> QuerySet[RuleVersion]:
    """All versions of a rule, newest first."""
    return of.versions.select_related("author__member", "approved_by__member").order_by("-number")


def version(row: int) -> RuleVersion | None:
    """A version by its row's id, or None."""
    return RuleVersion.objects.filter(pk=row).first()


def enactments(of: Rule) -> QuerySet[Enactment]:
    """What came into force when and by whom, newest first."""
    return of.enactments.select_related("version", "by__member").order_by("-id")


def setback(of: Rule) -> Setback | None:
    """What somebody asks for this rule and nobody has decided yet, or None."""
    found = of.setbacks.select_related("by__member", "version")
    return found.filter(decided=None).first()


def trial(row: int) -> Trial | None:
    """A trial by its row's id, or None."""
    return Trial.objects.select_related("by__member").filter(pk=row).first()


def waiting() -> QuerySet[RuleVersion]:
    """Versions that wait for a second pair of eyes, oldest first."""
    found = RuleVersion.objects.filter(state=State.PROPOSED)
    return found.select_related("rule", "author__member", "trial").order_by("proposed_at", "id")


def standing() -> Iterable[TypedRule]:
    """The rules in force, typed."""
    for found in rules().exclude(standing=None):
        assert found.standing is not None
        yield typed(found.standing.text, found.standing.number)
