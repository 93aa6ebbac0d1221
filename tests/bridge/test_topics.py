"""Which device a topic means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiuhua.bridge.topics import BadPattern, Route, route


def mqtt(pattern: str, device: str) -> Route:
    return route(pattern, device, between="/", any_one="+", qos=1, lines=False)


@pytest.mark.parametrize(
    ("pattern", "template", "filter_", "topic", "device"),
    [
        ("a/{c}/{k}/{n}", "{c}-{k}-{n}", "a/+/+/+", "a/tl04/smoke/0007", "tl04-smoke-0007"),
        ("v2/dev-{n}/up", "tl04-smoke-{n}", "v2/+/up", "v2/dev-0007/up", "tl04-smoke-0007"),
        ("lid", "tl04-manhole-0001", "lid", "lid", "tl04-manhole-0001"),
        ("{a}_{b}", "{b}.{a}", "+", "x_y_z", "z.x_y"),
        ("{a}", "{a}", "+", "花 园", "花 园"),
    ],
)
def test_a_topic_that_fits_names_its_device(
    pattern: str, template: str, filter_: str, topic: str, device: str
) -> None:
    made = mqtt(pattern, template)
    assert made.filter == filter_
    assert made.device(topic) == device


@pytest.mark.parametrize("topic", ["a/b", "a/b/c/d", "a//c", "x/b/c", "a/b/c\n", ""])
def test_a_topic_that_does_not_fit_names_none(topic: str) -> None:
    assert mqtt("a/{b}/c", "{b}").device(topic) is None


def test_nats_parts_its_subjects_with_dots() -> None:
    made = route("a.{c}.{n}", "{c}-{n}", between=".", any_one="*", qos=1, lines=False)
    assert made.filter == "a.*.*"
    assert made.device("a.tl04.0007") == "tl04-0007"
    assert made.device("a.tl04.00.07") is None


@pytest.mark.parametrize(
    ("pattern", "device", "says"),
    [
        ("a/+/c", "d", "no wildcards"),
        ("a/#", "d", "no wildcards"),
        ("a//c", "d", "empty level"),
        ("", "d", "empty level"),
        ("a/{B}", "d", "no wildcards"),
        ("a/{b}/{b}", "{b}", r"\{b\} stands twice"),
        ("a/{b}", "{c}", r"\{c\} is in the device but not in the pattern"),
        ("a/{b}", "{b", "names in braces"),
        ("a/{b}", "{}", "names in braces"),
        ("a/{b}", "{b!r}", "names in braces"),
        ("a/{b}", "", "names in braces"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, device: str, says: str) -> None:
    with pytest.raises(BadPattern, match=says):
        mqtt(pattern, device)


@given(st.text(st.characters(exclude_characters="/+#\0", exclude_categories=["Cs"]), min_size=1))
def test_any_level_comes_through_as_it_is(level: str) -> None:
    assert mqtt("a/{b}/c", "x-{b}").device(f"a/{level}/c") == f"x-{level}"
