"""What a rule does, in plain words, for the page, the reference and the person at three o'clock."""

from __future__ import annotations

from .rules import Rule, Scope
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


def explain(rule: Rule) -> tuple[str, str]:
    """The rule in Chinese and English: whom it watches, its levels, parameters, what follows."""
    lines_zh = [f"{rule.zh}：看每个{rule.kind.zh}{_scope(rule.scope, 0)}。"]
    lines_en = [f"{rule.en}: watches each {rule.kind.en.lower()} sensor{_scope(rule.scope, 1)}."]
    for level in rule.levels:
        zh, en = level.operator.explain(rule.kind)
        lines_zh.append(f"{LEVEL_WORDS[level.level][0]}：{zh}。")
        lines_en.append(f"{LEVEL_WORDS[level.level][1].capitalize()}: {en}.")
    if rule.params:
        named = [f":{name} = {number(value)}" for name, value in rule.params.items()]
        lines_zh.append(f"参数（台账可逐个设备改）：{'，'.join(named)}。")
        lines_en.append(f"Parameters (the ledger may set them per device): {', '.join(named)}.")
    zh, en = _follows(rule)
    return "\n".join([*lines_zh, zh]), "\n".join([*lines_en, en])


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
