"""The report: one file that needs nothing else, tells both languages, and no token of anybody."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from tests.engine.book import MINUTE, SECOND, START, smoke
from tests.engine.test_threshold import FIRE
from tests.runners.test_scoring import NAMES, TRUTH, alert
from xiuhua.engine.control import Device, LedgerSet
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.rules import default_rules, parse
from xiuhua.runners.replay import compare
from xiuhua.runners.report import Report, counts, figures, render
from xiuhua.runners.report.samples import Sample, field_of, samples
from xiuhua.runners.scoring import score
from xiuhua.runners.sources import Curve, Span

VOID = {"meta", "input", "br"}
NOON = 1_763_870_400_000
"""2025-11-23 12:00 in Shanghai."""
HOUR = 60 * MINUTE


class Strict(HTMLParser):
    """Fails on a tag that is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class Past:
    """A source of which only curves are asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Device, str, Span]] = []

    def curves(self, asked: list[tuple[Device, str, Span]]) -> list[Curve]:
        self.asked = asked
        return [
            Curve(np.arange(3) * MINUTE + (span.since or 0), np.array([0.1, np.nan, 0.3]))
            for _, _, span in asked
        ]


def told(**more: Any) -> Report:
    """A report of a fire that is new and one that is gone."""
    rules = {rule.id: rule for rule in parse(FIRE)}
    proposed = [alert("fire", "tl01-smoke-0001", 0, HOUR, zh="烟 <b>", en="Smoke <b>")]
    live = [alert("fire", "tl01-smoke-0001", 5 * HOUR)]
    ledger = Ledger()
    ledger.put(LedgerSet((smoke(1),)))
    difference = compare(proposed, live)
    shown = samples(difference, rules, ledger, Past())  # type: ignore[arg-type]
    facts: dict[str, Any] = {
        "source": "history", "period": Span(START, None), "made": START, "readings": 1234,
        "rules": rules, "proposed": proposed, "live": live, "difference": difference,
        "samples": shown,
    }  # fmt: skip
    return Report(**(facts | more))


def test_the_page_is_whole_and_needs_nothing_else() -> None:
    scores = score([alert("smoke-fire", "s1", 0)], TRUTH, names=NAMES)
    page = render(told(scores=scores, scores_live=scores, notes=[("注 <a>", "a <note>")]))
    strict = Strict()
    strict.feed(page)
    assert strict.open == []
    assert {"table", "caption", "svg", "figure", "details"} <= set(strict.seen)
    assert not re.search(r"https?://|url\(|@import|<script|<link|src=", page)
    assert (
        "烟 &lt;b&gt;" in page
        and "Smoke &lt;b&gt;" in page
        and "a &lt;note&gt;" in page
        and "注 &lt;a&gt;" in page
    )
    assert "100%" in page and "1,234" in page


def test_every_plot_has_its_table_and_every_level_its_word() -> None:
    page = render(told())
    assert page.count('<svg class="plot"') == page.count("<details>") == 2
    assert page.count("▲") == 2
    assert page.count("严重") == 2
    assert page.count('scope="row"') > 5


def test_nothing_changed_and_nothing_said_have_their_words() -> None:
    empty = told(proposed=[], live=[], difference=compare([], []), samples=[])
    page = render(empty)
    for words in ("两套规则都没有告警", "没有可数的告警", "没有变化"):
        assert words in page


def test_samples_are_spread_over_rules_and_know_their_device() -> None:
    rules = {rule.id: rule for rule in (*parse(FIRE), *parse(FIRE.replace('"fire"', '"two"', 1)))}
    new = [alert("fire", "tl01-smoke-0001", n * HOUR, n * HOUR) for n in range(8)]
    new += [alert("two", "tl01-smoke-0009", 0, 0)]
    ledger, past = Ledger(), Past()
    ledger.put(LedgerSet((smoke(1),)))
    found = samples(compare(new, []), rules, ledger, past)  # type: ignore[arg-type]
    assert [one.alert.rule for one in found].count("two") == 1
    assert len(found) == 6
    assert len(past.asked) == 5  # nobody knows the other's device any more
    assert [one.field is None for one in found].count(True) == 1


def test_no_rule_is_ever_drawn_by_a_token() -> None:
    for rule in default_rules():
        field = field_of(rule)
        assert field is None or field.type in {"number", "count", "bool"}


def test_a_day_without_alerts_is_a_day() -> None:
    said = [alert("fire", "d", NOON - START), alert("fire", "d", NOON - START + 48 * HOUR)]
    assert counts.per_day(said, said[:1]) == [
        ("2025-11-23", 1, 1), ("2025-11-24", 0, 0), ("2025-11-25", 1, 0),
    ]  # fmt: skip
    assert counts.per_day([], []) == []


@pytest.mark.parametrize(
    ("after", "shift"),
    [(0, "2025-11-23 08:00"), (8 * HOUR, "2025-11-23 20:00"), (19 * HOUR, "2025-11-23 20:00"),
     (20 * HOUR, "2025-11-24 08:00"), (-4 * HOUR - 1, "2025-11-22 20:00")],
)  # fmt: skip
def test_a_shift_reaches_over_midnight(after: int, shift: str) -> None:
    assert counts.shift_of(NOON + after, (8, 20)) == shift


def test_the_busiest_site_comes_first() -> None:
    said = [alert("fire", "d", n, site="tl02" if n else "tl01") for n in range(3)]
    assert counts.busiest(said, [], lambda one: one.site) == [("tl02", 2, 0), ("tl01", 1, 0)]


def test_many_readings_keep_their_peaks() -> None:
    times = np.arange(10_000) * SECOND
    values = np.zeros(10_000)
    values[5_003] = 9.0
    curve = Curve(times, values)
    drawn = figures.plot(curve, Span(0, 10_000_000), Span(5_000_000, None), "烟", "dB/m")
    assert drawn.count(",") <= 2 * figures.MOST_POINTS
    assert 'aria-label="烟 dB/m"' in drawn
    assert "<circle" not in drawn
    assert str(Sample("new", alert("fire", "d", 0), Span(0, 1)).curve.times.size) == "0"
