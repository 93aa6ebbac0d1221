"""Rules as data: what is read, what is refused and with which words, what is explained."""

from __future__ import annotations

import re
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiuhua.engine.conditions import compile_condition
from xiuhua.engine.errors import RuleError
from xiuhua.engine.explain import explain
from xiuhua.engine.operators import all_operators
from xiuhua.engine.rules import default_rules, parse
from xiuhua.engine.words import sentence
from xiuhua.kinds import Kind, kind

from .examples import GATES
from .test_threshold import FIRE

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_museum_of_bad_rules(path: Path) -> None:
    """Each bad rule is refused, in both languages, with words that say what is wrong."""
    text = path.read_text()
    zh, en = (line.split(": ", 1)[1] for line in text.splitlines()[:2])
    with pytest.raises(RuleError) as refused:
        parse(text)
    assert zh in refused.value.sentence_zh
    assert en in refused.value.sentence_en


def test_the_museum_is_large_enough() -> None:
    assert len(BAD) >= 15


def test_toml_errors_know_their_line() -> None:
    with pytest.raises(RuleError) as refused:
        parse("[[rule]]\nid = 'x'\nthis is wrong\n")
    assert refused.value.line == 3


def test_a_rule_s_own_text_gives_the_same_rule_again() -> None:
    """What stands in a control record is what the author wrote, complete in itself."""
    for rule in default_rules():
        (again,) = parse(rule.text, version=rule.version)
        assert (again.id, again.kinds, again.shape) == (rule.id, rule.kinds, rule.shape)
        assert explain(again) == explain(rule)
        assert again.text == rule.text


def test_a_rule_s_own_text_ends_where_the_next_begins() -> None:
    """However the author spaces the brackets, and whatever he remarks beside them."""
    text = FIRE.replace("[[rule]]", "  [[ rule ]]  # the first")
    second = FIRE.replace('"fire"', '"second"').replace('kind = "smoke"\n', "")
    first, other = parse(text + second, kind_code="smoke")
    assert "second" not in first.text
    assert "the first" in first.text
    for rule in (first, other):
        (again,) = parse(rule.text)
        assert (again.id, again.kinds) == (rule.id, rule.kinds)


def test_everything_that_a_rule_may_say_explains_itself(lawgate: Kind) -> None:
    """Each operator, alone and joined, and each setting around them: said twice, with no
    Chinese in the English and no word of ours left untranslated."""
    del lawgate
    spoken = {level.operator.NAME for text in GATES for level in parse(text)[0].levels}
    assert spoken == all_operators().keys()
    for text in GATES:
        (rule,) = parse(text)
        zh, en = explain(rule)
        assert len(zh.splitlines()) == len(en.splitlines())
        english = en.replace("律", "").replace("位", "").replace("标", "")
        assert all(ord(letter) < 0x3000 for letter in english), english
        assert not re.search(r"None|NaN|\bms\b|{(?!site})", zh + en)
        assert all("。" in line for line in zh.splitlines())


def test_every_default_rule_explains_itself_in_both_languages() -> None:
    for rule in default_rules():
        zh, en = explain(rule)
        assert rule.zh in zh
        assert rule.en in en
        assert all(ord(letter) < 0x3000 for letter in en.replace("，", ","))


def test_explain_says_it_in_plain_words() -> None:
    (rule,) = parse(FIRE)
    zh, en = explain(rule)
    assert "严重：减光率 ≥ :limit dB/m持续 10 秒时触发；减光率 < 0.04 dB/m持续 30 秒后解除。" in zh
    assert "Critical: when obscuration ≥ 0.3 dB/m; ends when it no longer holds." in en


SMOKE = kind("smoke")
FIELDS = [field.name for field in SMOKE.fields]
numbers = st.one_of(st.floats(-5, 5), st.just(float("nan")))


@given(values=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=5))
def test_what_is_missing_is_neither_true_nor_false(values: list[tuple[float, ...]]) -> None:
    """The truth of a condition is SQL's, row by row, against a plain reading of it."""
    columns = np.array(values).T
    condition = compile_condition(
        "obscuration > 1 AND NOT (temperature <= 0 OR battery IS NULL)", SMOKE, frozenset()
    )
    yes, no = condition(columns, {})
    for at, (obscuration, temperature, battery) in enumerate(values):
        expected = _and(_gt(obscuration, 1), _not(_or(_not(_gt(temperature, 0)), isnan(battery))))
        assert (bool(yes[at]), bool(no[at])) == (expected is True, expected is False)


def test_there_is_the_opposite_of_missing() -> None:
    values = np.array([[0.1, np.nan], [0.0, 0.0], [3.0, 3.0]])
    yes, no = compile_condition("obscuration IS NOT NULL", SMOKE, frozenset())(values, {})
    assert (yes.tolist(), no.tolist()) == ([True, False], [False, True])


def test_a_sentence_may_ask_for_another_unit() -> None:
    said = sentence("{pressure:MPa} MPa", kind("water"), {"pressure": 84_800.0}, zh=True)
    assert said == "0.0848 MPa"


def _gt(a: float, b: float) -> bool | None:
    return None if isnan(a) else a > b


def _not(a: bool | None) -> bool | None:
    return None if a is None else not a


def _and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def _or(a: bool | None, b: bool | None) -> bool | None:
    return _not(_and(_not(a), _not(b)))


@given(text=st.text(max_size=80))
def test_no_text_breaks_the_compiler(text: str) -> None:
    """Whatever is typed is a condition or is refused, and a condition can be evaluated."""
    try:
        condition = compile_condition(text, SMOKE, frozenset({"limit"}))
    except RuleError:
        return
    condition(np.zeros((3, 2)), {"limit": np.zeros(2)})


SYMBOLS = ["(", ")", ",", "=", "<>", "<", ">=", "+", "-", "*", "/", "::int", "'x'", "now()"]
WORDS = ["AND", "OR", "NOT", "IS", "NULL", "IN", "BETWEEN", "TRUE", "case", ":limit", "1", "0.5"]
words = st.sampled_from([*FIELDS, *SYMBOLS, *WORDS])


@given(parts=st.lists(words, max_size=14))
def test_no_words_break_the_compiler(parts: list[str]) -> None:
    """The same for what looks like a condition."""
    test_no_text_breaks_the_compiler.hypothesis.inner_test(" ".join(parts))
