"""The rules that come with the kinds: whole, and deaf to everyday life but not to trouble."""

from __future__ import annotations

import re

import pytest

from xiuhua.kinds import all_kinds
from xiuhua.neighbourhood import load

from .story import NORMAL, PILOT, RULES, heard, once
from .test_kinds import is_chinese

TIMED = [of for of in all_kinds() if of.interval is not None and of.code in NORMAL]


def test_there_are_enough_of_them_and_no_twins():
    assert len(RULES) >= 25
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_speaks_both_languages(rule):
    assert is_chinese(rule.zh)
    assert is_chinese(rule.sentence_zh)
    assert not is_chinese(rule.en + rule.sentence_en)
    assert rule.sentence_zh[-1] in "。？"
    assert rule.sentence_en[-1] in ".?"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_both_sentences_give_the_same_numbers(rule):
    named = re.compile(r"\{[\w.]+\}")
    assert set(named.findall(rule.sentence_zh)) == set(named.findall(rule.sentence_en))


def test_every_case_has_its_class():
    classes = {class_.code for class_ in load(PILOT).classes}
    assert {rule.case for rule in RULES if rule.case} == classes


def test_life_safety_is_for_fire_and_people_in_danger():
    """Each in a case: what people record while they act belongs to a file."""
    cases = {rule.case for rule in RULES if rule.life_safety}
    assert cases == {"fire", "manhole", "falling-object"}


@pytest.mark.parametrize("of", TIMED, ids=lambda of: of.code)
def test_who_should_speak_and_does_not_is_missed(of):
    after = of.interval.total_seconds() * 30 + 3600
    told = heard(of.code, once(of.code, 0), wait=after)
    assert told == {(f"{of.code}-silent", "warn")}


@pytest.mark.parametrize("of", TIMED, ids=lambda of: of.code)
def test_two_lost_readings_are_no_silence(of):
    wait = of.interval.total_seconds() * 3 - 1
    assert heard(of.code, once(of.code, 0), wait=wait) == set()
