"""Rules: written by one, approved by another, one click back, each change on the road once."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city import outbox
from xiuhua.city.rules import commands, queries
from xiuhua.city.rules.models import RuleVersion, Setback
from xiuhua.engine.control import Change, RulesRemove, RulesSet, decode
from xiuhua.engine.rules import RuleError, default_rules, parse

pytestmark = pytest.mark.django_db

TEXT = """
[[rule]]
kind = "smoke"
id = "smoke-hot"
zh = "过热"
en = "Hot"
sentence.zh = "温度 {temperature} ℃。"
sentence.en = "{temperature} °C."
[rule.params]
limit = 45
[[rule.level]]
level = "warn"
operator = "threshold"
when = "temperature > :limit"
"""
HOTTER = TEXT.replace("45", "50").replace("过热", "很热")


@pytest.fixture
def author(hire: Hire) -> User:
    return hire("wang", role="integrator")


@pytest.fixture
def colleague(hire: Hire) -> User:
    return hire("zhao", role="shift_leader")


@pytest.fixture
def first(author: User, now: datetime) -> RuleVersion:
    return commands.propose(text=TEXT, author=author, note="夏天", now=now)


def road() -> list[Change]:
    return [decode(waiting.body) for waiting in outbox.pending(100)]


def numbers() -> list[tuple[int, ...]]:
    return [tuple(n for n, _ in c.rules) if isinstance(c, RulesSet) else () for c in road()]


def test_a_proposal_changes_nothing_until_somebody_else_approves(
    first: RuleVersion, colleague: User, now: datetime
) -> None:
    assert road() == []
    assert first.rule.standing is None
    assert [version.pk for version in queries.waiting()] == [first.pk]
    rule = commands.approve(version=first.pk, approver=colleague, now=now)
    assert rule.standing == first
    assert road() == [RulesSet(((1, parse(TEXT)[0].text),))]
    assert queries.rule("smoke-hot", 1).params == {"limit": 45.0}
    assert not queries.waiting()


def test_an_author_cannot_approve_their_own(
    first: RuleVersion, author: User, now: datetime
) -> None:
    with pytest.raises(commands.OwnProposal):
        commands.approve(version=first.pk, approver=author, now=now)
    assert road() == []
    with pytest.raises(IntegrityError, match="four_eyes"):  # not by the back door either
        RuleVersion.objects.filter(pk=first.pk).update(approved_by=author)


def test_a_version_is_decided_once(first: RuleVersion, colleague: User, now: datetime) -> None:
    commands.approve(version=first.pk, approver=colleague, now=now)
    with pytest.raises(commands.NotWaiting):
        commands.approve(version=first.pk, approver=colleague, now=now)
    with pytest.raises(commands.NotWaiting):
        commands.refuse(version=first.pk, by=colleague, note="", now=now)
    assert len(road()) == 1


def test_a_refused_version_never_stands(first: RuleVersion, colleague: User, now: datetime) -> None:
    commands.refuse(version=first.pk, by=colleague, note="太低", now=now)
    with pytest.raises(commands.NeverApproved):
        commands.roll_back(rule="smoke-hot", number=1, by=colleague, now=now)
    assert road() == []


def test_an_author_may_take_their_own_back(first: RuleVersion, author: User, now: datetime) -> None:
    commands.refuse(version=first.pk, by=author, note="写错了", now=now)
    assert not queries.waiting()


def test_forward_back_withdrawn_and_back_again(
    first: RuleVersion, author: User, colleague: User, now: datetime
) -> None:
    commands.approve(version=first.pk, approver=colleague, now=now)
    second = commands.propose(text=HOTTER, author=author, note="", now=now)
    assert commands.approve(version=second.pk, approver=colleague, now=now).zh == "很热"
    assert commands.roll_back(rule="smoke-hot", number=1, by=colleague, now=now) is None
    assert [rule.zh for rule in queries.rules()] == ["过热"]
    assert commands.withdraw(rule="smoke-hot", by=colleague, now=now) is None
    assert [rule.standing for rule in queries.rules()] == [None]
    commands.roll_back(rule="smoke-hot", number=2, by=author, now=now)
    assert numbers() == [(1,), (2,), (1,), (), (2,)]
    assert road()[3] == RulesRemove(("smoke-hot",))
    rule = queries.one("smoke-hot")
    assert rule is not None and rule.standing == second
    told = [(e.version.number if e.version else None) for e in queries.enactments(rule)]
    assert told == [2, None, 1, 2, 1]
    assert {e.control for e in queries.enactments(rule)} == {p.id for p in outbox.pending(9)}


def test_a_bad_text_is_refused_with_its_line(author: User, now: datetime) -> None:
    with pytest.raises(RuleError, match="TOML") as error:
        commands.propose(
            text=TEXT.replace('"smoke-hot"', "smoke-hot"), author=author, note="", now=now
        )
    assert error.value.line == 4
    with pytest.raises(RuleError, match="One rule is proposed at a time; there are 2 here"):
        commands.propose(
            text=TEXT + HOTTER.replace("-hot", "-hotter"), author=author, note="", now=now
        )


def test_a_rule_keeps_its_kind(first: RuleVersion, author: User, now: datetime) -> None:
    arc = TEXT.replace('"smoke"', '"bikeshed"')
    with pytest.raises(RuleError, match="is about smoke and cannot turn to bikeshed"):
        commands.propose(text=arc, author=author, note="", now=now)


def test_what_the_house_came_with_stands_at_once_and_once(now: datetime) -> None:
    rules = default_rules()
    assert commands.install(rules=rules, now=now) == len(rules)
    assert commands.install(rules=rules, now=now) == 0
    assert len(road()) == len(rules)
    assert {rule.id for rule in queries.standing()} == {rule.id for rule in rules}


def test_the_houses_new_text_does_not_overrule_a_person(
    first: RuleVersion, colleague: User, now: datetime
) -> None:
    commands.approve(version=first.pk, approver=colleague, now=now)
    assert commands.install(rules=parse(HOTTER), now=now) == 1
    assert [rule.params["limit"] for rule in queries.standing()] == [45.0]
    assert [version.number for version in queries.waiting()] == [2]


def test_an_unknown_version_is_nobodys() -> None:
    with pytest.raises(KeyError, match="smoke-hot v7"):
        queries.rule("smoke-hot", 7)


LIFE = TEXT.replace('en = "Hot"', 'en = "Hot"\nlife_safety = true')


@pytest.fixture
def life(author: User, colleague: User, now: datetime) -> None:
    """Version 1 is a warning, version 2 is for risks to life and stands."""
    for text in (TEXT, LIFE):
        version = commands.propose(text=text, author=author, note="", now=now)
        commands.approve(version=version.pk, approver=colleague, now=now)


def stands() -> int | None:
    (rule,) = queries.rules()
    return rule.standing.number if rule.standing else None


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize(("number", "after"), [(None, None), (1, 1)])
def test_two_persons_weaken_a_rule_for_risks_to_life(
    author: User, colleague: User, now: datetime, number: int | None, after: int | None
) -> None:
    if number is None:
        asked = commands.withdraw(rule="smoke-hot", by=colleague, now=now)
    else:
        asked = commands.roll_back(rule="smoke-hot", number=number, by=colleague, now=now)
    assert asked and stands() == 2
    with pytest.raises(commands.AskedAlready):
        commands.withdraw(rule="smoke-hot", by=author, now=now)
    with pytest.raises(commands.OwnProposal):
        commands.decide(setback=asked.pk, agree=True, by=colleague, now=now)
    assert stands() == 2
    commands.decide(setback=asked.pk, agree=True, by=author, now=now)
    assert stands() == after
    with pytest.raises(commands.NotWaiting):
        commands.decide(setback=asked.pk, agree=True, by=author, now=now)


@pytest.mark.usefixtures("life")
def test_who_asked_takes_it_back_and_what_was_overtaken_is_no_more(
    author: User, colleague: User, now: datetime
) -> None:
    asked = commands.withdraw(rule="smoke-hot", by=colleague, now=now)
    assert asked
    commands.decide(setback=asked.pk, agree=False, by=colleague, now=now)
    again = commands.withdraw(rule="smoke-hot", by=colleague, now=now)
    assert again
    third = commands.propose(text=LIFE.replace("45", "48"), author=author, note="", now=now)
    commands.approve(version=third.pk, approver=colleague, now=now)
    with pytest.raises(commands.NotWaiting):
        commands.decide(setback=again.pk, agree=True, by=author, now=now)
    assert stands() == 3


@pytest.mark.usefixtures("life")
def test_the_page_asks_and_somebody_else_agrees(
    client: Client, author: User, colleague: User
) -> None:
    client.force_login(colleague)
    asked = client.post("/rules/smoke-hot/withdraw", {"rule": "smoke-hot"}, follow=True)
    assert "须另一人同意" in asked.content.decode()
    setback = Setback.objects.get()
    client.post(f"/rules/setbacks/{setback.pk}", {"agree": "1"})
    assert stands() == 2
    client.force_login(author)
    assert 'value="1">同意' in client.get("/rules/smoke-hot").content.decode()
    client.post(f"/rules/setbacks/{setback.pk}", {"agree": "1", "rule": "smoke-hot"})
    assert stands() is None
