"""What the live page works out by itself: shifts, and what to draw of an alert."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xiuhua.city.almanac.queries import shift
from xiuhua.city.command.charts import chart_of
from xiuhua.engine.rules import Rule, default_rules, parse
from xiuhua.epoch import SHANGHAI
from xiuhua.kinds import kind


@pytest.mark.parametrize(
    ("local", "name", "since"),
    [
        ("2026-11-24 08:00", "白班", "2026-11-24 08:00"),
        ("2026-11-24 19:59", "白班", "2026-11-24 08:00"),
        ("2026-11-24 20:00", "夜班", "2026-11-24 20:00"),
        ("2026-11-24 03:12", "夜班", "2026-11-23 20:00"),
        ("2027-01-01 00:30", "夜班", "2026-12-31 20:00"),
    ],
)
def test_shifts_change_at_eight(local: str, name: str, since: str) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    found = shift(now.astimezone(UTC))
    assert (found.zh, found.since) == (
        name,
        datetime.fromisoformat(since).replace(tzinfo=SHANGHAI),
    )


def rule(name: str) -> Rule:
    return next(rule for rule in default_rules() if rule.id == name)


def test_the_chart_is_of_the_field_that_crossed_its_limit() -> None:
    chart = chart_of(rule("smoke-battery"), {})
    assert chart is not None
    assert (chart.field.name, chart.limit, chart.interval) == ("battery", 2.5, 60_000)


def test_the_limit_is_the_device_s_own() -> None:
    chart = chart_of(rule("smoke-fire"), {"limit": 0.08})
    assert chart is not None
    assert (chart.field.name, chart.limit) == ("obscuration", 0.08)


def test_silence_shows_the_kind_s_own_chart_without_a_limit() -> None:
    chart = chart_of(rule("smoke-silent"), {})
    assert chart is not None
    assert (chart.field.name, chart.limit) == ("obscuration", None)


def test_a_passage_has_nothing_to_draw() -> None:
    assert chart_of(rule("face-withdrawn"), {}) is None


BOTH = """
[[rule]]
id = "smoke-and-arcs"
kinds = ["smoke", "arc"]
subject = "flat"
zh = "烟和电弧"
en = "Smoke and arcs"
sentence.zh = "烟雾 {smoke.obscuration}。"
sentence.en = "Smoke {smoke.obscuration}."
[rule.params]
limit = 0.05
[[rule.level]]
level = "critical"
operator = "together"
within = "1m"
[[rule.level.of]]
kind = "smoke"
when = "obscuration > :limit"
[[rule.level.of]]
kind = "arc"
when = "arcs > 5"
"""


@pytest.mark.parametrize(
    ("code", "drawn"),
    [("", ("obscuration", 0.05)), ("smoke", ("obscuration", 0.05)), ("arc", ("arcs", 5.0))],
)
def test_of_several_kinds_that_of_the_device_is_drawn(code: str, drawn: tuple[str, float]) -> None:
    (both,) = parse(BOTH)
    chart = chart_of(both, {"limit": 0.05}, kind(code) if code else None)
    assert chart is not None
    assert (chart.field.name, chart.limit) == drawn
