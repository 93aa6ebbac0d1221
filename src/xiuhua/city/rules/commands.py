"""Writes of the rules room: a version is proposed by one person and approved by another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from xiuhua.city import feed, outbox
from xiuhua.engine.control import Change, RulesRemove, RulesSet
from xiuhua.engine.rules import Rule as TypedRule
from xiuhua.engine.rules import RuleError, parse

from .models import LONGEST_NAME, Enactment, Rule, RuleVersion, Setback, State
from .queries import typed


class OwnProposal(Exception):
    """The author tried to approve; somebody else must. Nothing has changed."""


class NotWaiting(Exception):
    """The version was approved or refused already. Nothing has changed."""


class NeverApproved(Exception):
    """A version that nobody approved cannot be gone back to. Nothing has changed."""


class AskedAlready(Exception):
    """Somebody has asked to change this rule for risks to life; that is decided first."""


@transaction.atomic
def propose(
    *, text: str, author: User, note: str, now: datetime, of: str = "", trial: int | None = None
) -> RuleVersion:
    """Write down a new rule, or a new version of one, to wait for a second pair of eyes.

    `of` is the rule that it must be a version of, `trial` the row of the trial that shows what it
    would change. Raises RuleError where the text is not exactly one good rule, or is another.
    """
    proposed = checked(text, of)
    row = _row_of(proposed)
    return _add_version(row, proposed, author=author, note=note, now=now, trial=trial)


def checked(text: str, of: str = "") -> TypedRule:
    """The one rule of a text, a version of rule `of` if that is given. Raises RuleError."""
    proposed = _the_one(parse(text))
    _check_names(proposed)
    if of and proposed.id != of:
        raise RuleError(
            f"这是规则 {of} 的新版本，id 不能改成 {proposed.id}。",
            f"This is a version of rule {of}; its id cannot become {proposed.id}.",
        )
    return proposed


@transaction.atomic
def approve(*, version: int, approver: User, now: datetime) -> Rule:
    """Put a proposed version (by its row's id) in force. Raises OwnProposal, NotWaiting."""
    proposed = _waiting(version)
    if proposed.author_id == approver.pk:
        raise OwnProposal
    proposed.state = State.APPROVED
    proposed.approved_by, proposed.approved_at = approver, now
    proposed.save(update_fields=["state", "approved_by", "approved_at"])
    return _enact(proposed.rule, proposed, by=approver, now=now)


@transaction.atomic
def refuse(*, version: int, by: User, note: str, now: datetime) -> None:
    """Turn a proposed version down, with the reason. An author may take their own back so."""
    proposed = _waiting(version)
    proposed.state = State.REFUSED
    proposed.note = note
    proposed.approved_by = by if by.pk != proposed.author_id else None
    proposed.approved_at = now
    proposed.save(update_fields=["state", "note", "approved_by", "approved_at"])


@transaction.atomic
def roll_back(*, rule: str, number: int, by: User, now: datetime) -> Setback | None:
    """Put an approved version in force again; away from one for risks to life only when somebody
    else agrees: then what was asked is returned (`decide`). Raises NeverApproved, AskedAlready."""
    earlier = RuleVersion.objects.filter(rule=rule, number=number, state=State.APPROVED).first()
    if earlier is None:
        raise NeverApproved
    return _enact_or_ask(_locked(rule), earlier, by=by, now=now)


@transaction.atomic
def withdraw(*, rule: str, by: User, now: datetime) -> Setback | None:
    """End a rule: what it raised is cleared. It can be rolled back into force. One for risks to
    life ends only when somebody else agrees: then what was asked is returned (`decide`). Raises
    AskedAlready."""
    return _enact_or_ask(_locked(rule), None, by=by, now=now)


@transaction.atomic
def decide(*, setback: int, agree: bool, by: User, now: datetime) -> None:
    """Agree to what somebody else asked for, or turn it down; who asked may take it back. Raises
    OwnProposal, and NotWaiting where it is decided or another version stands by now."""
    asked = Setback.objects.select_for_update().filter(pk=setback, decided=None).first()
    if asked is None:
        raise NotWaiting
    rule = _locked(asked.rule_id)
    if agree and asked.by_id == by.pk:
        raise OwnProposal
    if agree and rule.standing_id != asked.standing_id:
        raise NotWaiting
    asked.decided_by, asked.decided, asked.agreed = by, now, agree
    asked.save(update_fields=["decided_by", "decided", "agreed"])
    if agree:
        _enact(rule, asked.version, by=by, now=now)


def _enact_or_ask(
    rule: Rule, version: RuleVersion | None, *, by: User, now: datetime
) -> Setback | None:
    standing = rule.standing
    if standing is None or not typed(standing.text, standing.number).life_safety:
        _enact(rule, version, by=by, now=now)
        return None
    if rule.setbacks.filter(decided=None).exists():
        raise AskedAlready
    return Setback.objects.create(rule=rule, version=version, standing=standing, by=by, at=now)


@transaction.atomic
def install(*, rules: Iterable[TypedRule], now: datetime) -> int:
    """Put in force what the house came with; returns how many versions are new.

    A text that is known is passed over. Where a person has changed the rule since, the house's new
    text waits as a proposal instead of overruling them.
    """
    known = set(RuleVersion.objects.values_list("rule", "text"))
    fresh = [rule for rule in rules if (rule.id, rule.text) not in known]
    for rule in fresh:
        row = _row_of(rule)
        version = _add_version(row, rule, author=None, note="", now=now)
        if row.standing is None or row.standing.author_id is None:
            RuleVersion.objects.filter(pk=version.pk).update(state=State.APPROVED, approved_at=now)
            _enact(row, version, by=None, now=now)
    return len(fresh)


def _the_one(rules: list[TypedRule]) -> TypedRule:
    if len(rules) != 1:
        raise RuleError(
            f"一次只能提交一条规则，这里有 {len(rules)} 条。",
            f"One rule is proposed at a time; there are {len(rules)} here.",
        )
    return rules[0]


def _row_of(rule: TypedRule) -> Rule:
    _check_names(rule)
    facts = {"kind": rule.kind.code, "zh": rule.zh, "en": rule.en}
    Rule.objects.get_or_create(id=rule.id, defaults=facts)
    row = _locked(rule.id)
    if row.kind != rule.kind.code:
        raise RuleError(
            f"规则 {rule.id} 属于 {row.kind}，不能改成 {rule.kind.code}；请另起一条规则。",
            f"Rule {rule.id} is about {row.kind} and cannot turn to {rule.kind.code}; "
            "write a rule with another id.",
        )
    return row


def _check_names(rule: TypedRule) -> None:
    for name, most in LONGEST_NAME.items():
        if len(getattr(rule, name)) > most:
            raise RuleError(
                f"规则名称 {name} 最长 {most} 个字符。",
                f"The rule's name {name} may have {most} characters at most.",
            )


def _add_version(
    row: Rule, rule: TypedRule, *, author: User | None, note: str, now: datetime,
    trial: int | None = None,
) -> RuleVersion:  # fmt: skip
    newest = row.versions.aggregate(newest=Max("number"))["newest"] or 0
    return RuleVersion.objects.create(
        rule=row, number=newest + 1, text=rule.text, note=note, author=author, proposed_at=now,
        trial_id=trial,
    )  # fmt: skip


def _waiting(version: int) -> RuleVersion:
    proposed = RuleVersion.objects.select_for_update().filter(pk=version).first()
    if proposed is None or proposed.state != State.PROPOSED:
        raise NotWaiting
    proposed.rule = _locked(proposed.rule_id)
    return proposed


def _locked(rule: str) -> Rule:
    """The rule's row, held until the transaction ends: its enactments reach the road in order."""
    return Rule.objects.select_for_update().get(id=rule)


def _enact(rule: Rule, version: RuleVersion | None, *, by: User | None, now: datetime) -> Rule:
    rule.standing = version
    if version is not None:
        of = typed(version.text, version.number)
        rule.zh, rule.en = of.zh, of.en
    rule.save(update_fields=["standing", "zh", "en"])
    control = uuid4().hex
    Enactment.objects.create(rule=rule, version=version, by=by, at=now, control=control)
    outbox.put(_as_change(rule, version), control)
    feed.tell("rule", rule.id, {"version": version.number if version else None})
    return rule


def _as_change(rule: Rule, version: RuleVersion | None) -> Change:
    if version is None:
        return RulesRemove((rule.id,))
    return RulesSet(((version.number, version.text),))
