"""A replay's report: one HTML file that needs nothing else, Chinese first, English beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from xiuhua.engine.records import Millis
from xiuhua.engine.rules import Rule
from xiuhua.runners.replay import Difference, Episode
from xiuhua.runners.scoring import Score, Scores
from xiuhua.runners.sources import Span

from . import counts, figures
from .samples import SORTS, Sample
from .words import both, clock, level, seconds, section, share, table

STYLE = Path(__file__).with_name("style.css")
MOST_PLACES = 15
MOST_ROWS = 40
"""Readings told beside a plot."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report tells. `source` and `period` say of what; `changes` are the hours at which
    shifts change and `budget` how many alerts one can give their due."""

    source: str
    period: Span
    made: Millis
    readings: int
    rules: Mapping[str, Rule]
    proposed: Sequence[Episode]
    live: Sequence[Episode]
    difference: Difference
    samples: Sequence[Sample]
    scores: Scores | None = None
    scores_live: Scores | None = None
    notes: Sequence[tuple[str, str]] = ()
    changes: Sequence[int] = (8, 20)
    budget: int = 30


def render(of: Report) -> str:
    """The report as a page."""
    body = "".join(
        [
            _head(of),
            _tiles(of),
            section(both("逐条规则", "Rule by rule"), _rules(of)),
            _scores(of),
            section(both("何时何地", "When and where"), _key(), *_bars(of)),
            section(both("变了的告警", "Alerts that changed"), _cards(of)),
        ]
    )
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>规则试演 Replay · 绣花 Xiuhua</title>"
        f"<style>{STYLE.read_text('utf-8')}</style></head><body>{body}</body></html>\n"
    )


def _head(of: Report) -> str:
    since, until = (
        both("最早", "the beginning") if at is None else escape(clock(at))
        for at in (of.period.since, of.period.until)
    )
    if of.period.until is None:
        until = both("最新", "the newest")
    switch = "".join(
        f'<label><input type="radio" name="words" id="{id_}"{checked}>{word}</label>'
        for id_, word, checked in (
            ("zh", "中文", ""), ("en", "English", ""), ("zh-en", "中文 + English", " checked"),
        )
    )  # fmt: skip
    notes = "".join(f"<p>{both(zh, en)}</p>" for zh, en in of.notes)
    read = both(f"读数 {of.readings:,} 条", f"{of.readings:,} readings") if of.readings else ""
    return (
        f"<header><h1>{both('规则试演：改了会怎样', 'Replay: what the change would do')}</h1>"
        f"<p>{escape(of.source)} · {since} – {until} · {read}</p>"
        f"<p>{both('制作于', 'Made on')} {escape(clock(of.made))} · "
        f"{both('未通知任何人，未立案', 'nobody was told, no case was opened')}</p>{notes}"
        f'<fieldset aria-label="语言 Language">{switch}</fieldset></header>'
    )


def _tiles(of: Report) -> str:
    shifts = counts.per_shift(of.proposed, of.live, of.changes)
    worst = max((proposed for _, proposed, _ in shifts), default=0)
    tiles = [
        (f"{len(of.proposed):,}", both("条告警（拟用规则）", "alerts, proposed rules")),
        (f"{len(of.live):,}", both("条告警（现行规则）", "alerts, live rules")),
        *(
            (f"{len(getattr(of.difference, sort)):,}", both(zh, en))
            for sort, (zh, en) in SORTS.items()
        ),
        (
            str(worst),
            both(
                f"条，最忙的一班（上限 {of.budget}）", f"in the busiest shift ({of.budget} at most)"
            ),
        ),
    ]
    if of.scores is not None:
        tiles.append((share(of.scores.all.precision), both("准确率", "precision")))
        tiles.append((share(of.scores.all.recall), both("发现率", "recall")))
        tiles.append(
            (seconds(of.scores.all.seconds), both("发现用时（中位数）", "median time to detect"))
        )
    cells = "".join(f"<li><b>{number}</b>{words}</li>" for number, words in tiles)
    return f'<ul class="tiles">{cells}</ul>'


def _rules(of: Report) -> str:
    columns = [of.proposed, of.live, *(getattr(of.difference, sort) for sort in SORTS)]
    counted = [Counter(alert.rule for alert in column) for column in columns]
    names = sorted(
        set().union(*counted), key=lambda name: (not any(c[name] for c in counted[2:]), name)
    )
    rows = [[_rule_name(of, name), *(_count(count[name]) for count in counted)] for name in names]
    if not rows:
        return _empty(
            "这段时间两套规则都没有告警。", "Neither set of rules said anything in this period."
        )
    rows.append([both("合计", "In all"), *(f"{count.total():,}" for count in counted)])
    head = [
        both("规则", "Rule"), both("拟用", "Proposed"), both("现行", "Live"),
        *(both(zh, en) for zh, en in SORTS.values()),
    ]  # fmt: skip
    return table(
        both("每条规则的告警数，有变化的在前", "Alerts of each rule, those that change first"),
        head, rows,
    )  # fmt: skip


def _rule_name(of: Report, name: str) -> str:
    rule = of.rules.get(name)
    return both(rule.zh, rule.en) if rule else escape(name)


def _scores(of: Report) -> str:
    if of.scores is None:
        return ""
    before = {one.name: one for one in of.scores_live.rules} if of.scores_live else {}
    rules = [_score_row(one, before.get(one.name)) for one in (*of.scores.rules, of.scores.all)]
    rule_head = [
        both("规则", "Rule"), both("真", "True"), both("误报", "False"),
        both("准确率", "Precision"), both("现行准确率", "Precision now"),
        both("发现 / 应发现", "Found / due"), both("发现率", "Recall"), both("用时", "Time"),
    ]  # fmt: skip
    kinds = [
        [
            both(one.zh, one.en),
            _of(one),
            share(one.recall),
            seconds(one.seconds),
        ]
        for one in of.scores.kinds
    ]
    kind_head = [both("事件", "Incident"), *rule_head[5:]]
    return section(
        both("与实际对照", "Against what happened"),
        table(both("每条规则", "Each rule"), rule_head, rules),
        table(both("每类事件", "Each kind of incident"), kind_head, kinds),
    )


def _score_row(of: Score, before: Score | None) -> list[str]:
    return [
        both(of.zh, of.en), str(of.true), str(of.false), share(of.precision),
        share(before.precision) if before else "–", _of(of),
        share(of.recall), seconds(of.seconds),
    ]  # fmt: skip


def _of(score: Score) -> str:
    return f"{score.caught} / {score.happened}" if score.happened else "–"


def _key() -> str:
    return (
        f'<p><span class="key"><i></i>{both("拟用规则", "Proposed rules")}</span>'
        f'<span class="key"><i class="live"></i>{both("现行规则", "Live rules")}</span></p>'
    )


def _bars(of: Report) -> Iterator[str]:
    shifts = counts.per_shift(of.proposed, of.live, of.changes)
    days = counts.per_day(of.proposed, of.live)
    if not days:
        yield _empty("没有可数的告警。", "There are no alerts to count.")
        return
    yield _bar_table(both("每天", "Each day"), both("日期", "Day"), days)
    yield _bar_table(
        both("每个小区", "Each site"),
        both("小区", "Site"),
        counts.busiest(of.proposed, of.live, lambda one: one.site),
    )
    places = counts.busiest(of.proposed, of.live, lambda one: one.place)[:MOST_PLACES]
    busiest = both(f"最多的 {len(places)} 个地点", f"The {len(places)} busiest places")
    yield _bar_table(busiest, both("地点", "Place"), places)
    caption = both(
        f"每班（一班最多顾得上 {of.budget} 条，超过的加粗并标 ↑）",
        f"Each shift (it can give {of.budget} alerts their due; more are marked ↑)",
    )
    yield _bar_table(caption, both("班次开始", "Shift from"), shifts, budget=of.budget)


def _bar_table(caption: str, what: str, counted: counts.Counts, budget: int = 0) -> str:
    most = max(max(proposed, live) for _, proposed, live in counted)
    rows = [
        [
            escape(name),
            _count(proposed, budget),
            _count(live, budget),
            figures.bars(proposed, live, most),
        ]
        for name, proposed, live in counted
    ]
    head = [what, both("拟用", "Proposed"), both("现行", "Live"), ""]
    return table(caption, head, rows)


def _count(number: int, budget: int = 0) -> str:
    """A count: nothing is quiet, too much is not."""
    if budget and number > budget:
        return f'<span class="over">↑ {number:,}</span>'
    return f"{number:,}" if number else '<span class="zero">0</span>'


def _cards(of: Report) -> str:
    if not of.samples:
        return _empty(
            "两套规则说的一样，没有变化。", "Both sets of rules say the same; nothing changes."
        )
    cards = "".join(_card(of, one) for one in of.samples)
    told = both(
        "每种变化最多举六例，尽量来自不同规则。",
        "Six of each sort of change at most, of as many rules as there are.",
    )
    return f'<p>{told}</p><div class="cards">{cards}</div>'


def _card(of: Report, one: Sample) -> str:
    alert = one.alert
    sort = both(*SORTS[one.sort])
    ended = both("未解除", "still up") if alert.end is None else escape(clock(alert.end))
    return (
        f'<article><h3><span class="tag">{sort}</span>{_rule_name(of, alert.rule)} '
        f"{level(alert.level)}</h3>"
        f'<p class="facts">{escape(alert.site)} · {escape(alert.subject)} · '
        f"{escape(clock(alert.start))} – {ended}</p>"
        f"<p>{both(alert.zh, alert.en)}</p>{_figure(one)}</article>"
    )


def _figure(one: Sample) -> str:
    if one.field is None or not len(one.curve.times):
        return _empty("这台设备没有可画的读数。", "There are no readings of this device to draw.")
    name = both(f"{one.field.zh}{_unit(one.field.unit)}", f"{one.field.en}{_unit(one.field.unit)}")
    shaded = both("阴影为告警时段", "shaded: the alert")
    drawn = figures.plot(
        one.curve, one.shown, Span(one.alert.start, one.alert.end), one.field.zh, one.field.unit
    )
    step = max(1, -(-len(one.curve.times) // MOST_ROWS))
    rows = [
        [escape(clock(int(time))), f"{value:.6g}"]
        for time, value in zip(one.curve.times[::step], one.curve.values[::step], strict=True)
    ]
    every = both(f"（每 {step} 条取一条）", f"(one of {step})") if step > 1 else ""
    told = table(f"{name} {every}", [both("时间", "Time"), name], rows)
    return (
        f"<figure>{drawn}<figcaption>{name} · {shaded}</figcaption></figure>"
        f"<details><summary>{both('读数表', 'Readings as a table')}</summary>{told}</details>"
    )


def _unit(unit: str) -> str:
    return f" ({unit})" if unit and unit != "1" else ""


def _empty(zh: str, en: str) -> str:
    return f'<p class="empty">{both(zh, en)}</p>'
