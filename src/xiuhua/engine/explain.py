"""What a rule does, in plain words, for the page, the reference and the person at three o'clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from . import durations
from .rules import Rule, Scope
from .schedule import EAST
from .storms import STORM_WORDS
from .words import number

LEVEL_WORDS = {
    "warn": ("预警", "warning"),
    "serious": ("严重", "serious"),
    "critical": ("紧急", "critical"),
}
_SCOPE_WORDS = {
    "tags": ("带标签", "tagged"), "sites": ("在", "at"), "places": ("在", "in"),
    "devices": ("仅设备", "only"),
}  # fmt: skip


_SUBJECT_WORDS = {
    "device": ("每个", "each"), "place": ("每处的", "each place's"),
    "flat": ("每户的", "each flat's"), "building": ("每栋楼的", "each building's"),
    "site": ("每个小区或片区的", "each site's"),
}  # fmt: skip


def explain(rule: Rule) -> tuple[str, str]:
    """The rule in Chinese and English: whom it watches, its levels, parameters, what follows."""
    lines_zh, lines_en = [_watches(rule, 0)], [_watches(rule, 1)]
    for level in rule.levels:
        zh, en = level.operator.explain(rule.kind)
        lines_zh.append(f"{LEVEL_WORDS[level.level][0]}：{zh}。")
        lines_en.append(f"{LEVEL_WORDS[level.level][1].capitalize()}: {en}.")
    for part in (_params(rule), *_dated(rule), _when(rule), _flapping(rule), _storm(rule)):
        if part is not None:
            lines_zh.append(part[0])
            lines_en.append(part[1])
    zh, en = _follows(rule)
    return "\n".join([*lines_zh, zh]), "\n".join([*lines_en, en])


def _watches(rule: Rule, language: int) -> str:
    subject, scope = _SUBJECT_WORDS[rule.subject][language], _scope(rule.scope, language)
    if language:
        kinds = " and ".join(of.en.lower() for of in rule.kinds)
        sensors = "sensor" if rule.subject == "device" else "sensors"
        return f"{rule.en}: watches {subject} {kinds} {sensors}{scope}."
    return f"{rule.zh}：看{subject}{'、'.join(of.zh for of in rule.kinds)}{scope}。"


def _params(rule: Rule) -> tuple[str, str] | None:
    if not rule.params:
        return None
    named = [f":{name} = {number(value)}" for name, value in rule.params.items()]
    whose_zh, whose_en = (
        ("逐个设备或逐处", "device or place") if rule.subject == "device" else ("逐处", "place")
    )
    return (
        f"参数（台账可{whose_zh}改）：{'，'.join(named)}。",
        f"Parameters (the ledger may set them per {whose_en}): {', '.join(named)}.",
    )


def _dated(rule: Rule) -> Iterator[tuple[str, str]]:
    for since, later in rule.params_from:
        day = datetime.fromtimestamp((since + EAST) / 1000, UTC).date()
        named = [f":{name} = {number(value)}" for name, value in later.items()]
        yield f"{day} 起：{'，'.join(named)}。", f"From {day} on: {', '.join(named)}."


def _when(rule: Rule) -> tuple[str, str] | None:
    zh, en = rule.schedule.explain()
    return (f"只在{zh}报警。", f"Alerts only {en}.") if zh else None


def _flapping(rule: Rule) -> tuple[str, str] | None:
    if rule.flapping is None:
        return None
    zh, en = durations.words(rule.flapping.within)
    starts = rule.flapping.starts
    return (
        f"{zh}内反复 {starts} 次的，稳定 {zh}后才解除。",
        f"What begins {starts} times within {en} ends only after {en} of quiet.",
    )


def _storm(rule: Rule) -> tuple[str, str] | None:
    if rule.storm is None:
        return None
    zh, en = durations.words(rule.storm.within)
    at_zh, at_en = STORM_WORDS[rule.storm.at]
    many = rule.storm.at_least
    return (
        f"{at_zh}在 {zh}内有 {many} 处以上的，合成一件事。",
        f"{many} or more at one {at_en} within {en} become one matter.",
    )


def _scope(scope: Scope, language: int) -> str:
    parts = []
    for name, words in _SCOPE_WORDS.items():
        members = sorted(getattr(scope, name))
        if members:
            parts.append(f"{words[language]} {('、', ', ')[language].join(members)}")
    return ("，" + "，".join(parts), " " + " and ".join(parts))[language] if parts else ""


def _follows(rule: Rule) -> tuple[str, str]:
    if rule.life_safety:
        return (
            "涉及生命安全：先处置、后补录。",
            "Life safety: acted on first, written up afterwards.",
        )
    if rule.case:
        return f"自动立一个案卷（{rule.case}）。", f"Opens one case ({rule.case})."
    if rule.health:
        return "只说明设备本身的状况。", "Speaks of the sensor itself only."
    return "只提示，不立案。", "Shown only; opens no case."
