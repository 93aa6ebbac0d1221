"""Rules as data: TOML in, typed rules out. A rule says what to watch; its levels say how."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xiuhua.kinds import Kind, all_kinds, kind

from .changes import LEVELS, Level
from .control import Device
from .errors import RuleError
from .operators import Operator, operator_named
from .words import SCALES

__all__ = ["LevelRule", "Rule", "RuleError", "default_rules", "parse"]

_ID = re.compile(r"[a-z][a-z0-9-]{1,62}")
_KEYS = {
    "id", "zh", "en", "kind", "life_safety", "health", "case",
    "sentence", "scope", "params", "level",
}  # fmt: skip
_SCOPE = {"tags", "sites", "places", "devices"}
EXTRA_WORDS = frozenset({"silent"})
"""What a sentence may name besides fields and parameters."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices of the kind: every named list must hold one of the device's own."""

    tags: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()

    def covers(self, device: Device) -> bool:
        """Whether the rule applies to the device."""
        own_places = {device.place, device.building, device.flat, device.site}
        return (
            (not self.tags or bool(self.tags & set(device.tags)))
            and (not self.sites or device.site in self.sites)
            and (not self.places or bool(self.places & own_places))
            and (not self.devices or device.id in self.devices)
        )


@dataclass(frozen=True, slots=True)
class LevelRule:
    """One level of a rule and the operator that decides it."""

    level: Level
    operator: Operator


@dataclass(frozen=True, slots=True)
class Rule:
    """A typed rule. `text` is the TOML that it came from, one `[[rule]]` whole."""

    id: str
    version: int
    kind: Kind
    zh: str
    en: str
    sentence_zh: str
    sentence_en: str
    levels: tuple[LevelRule, ...]
    params: Mapping[str, float] = field(default_factory=dict)
    scope: Scope = Scope()
    life_safety: bool = False
    health: bool = False
    case: str = ""
    text: str = ""

    def param_of(self, device: Device, name: str) -> float:
        """A parameter as the ledger sets it for the device ("rule.param", else "param"), else the
        rule's own."""
        own = device.params.get(f"{self.id}.{name}", device.params.get(name))
        return self.params[name] if own is None else own


def parse(text: str, *, kind_code: str = "", version: int = 1) -> list[Rule]:
    """The rules of a TOML text. `kind_code` is the kind of rules that name none.

    Raises RuleError: what is wrong, where, what to do.
    """
    try:
        document = tomllib.loads(text)
    except (RecursionError, ValueError) as error:  # a nest without end, a number without end
        line = int((re.search(r"line (\d+)", str(error)) or [0, 0])[1])
        raise RuleError(
            f"第 {line} 行不是正确的 TOML：{error}", f"This is not TOML: {error}", line=line
        ) from error
    tables = document.get("rule")
    if not isinstance(tables, list) or not tables or set(document) != {"rule"}:
        raise RuleError(
            "规则文件里只能有 [[rule]]，至少一条。",
            "A rule file holds [[rule]] tables, at least one, and nothing else.",
        )
    texts = _separate(text, len(tables))
    rules = [_rule(t, s, kind_code, version) for t, s in zip(tables, texts, strict=True)]
    _no_twins(rules)
    return rules


def default_rules() -> list[Rule]:
    """The rules that the kinds bring with them, by kind."""
    return [rule for of in all_kinds() if of.rules for rule in parse(of.rules, kind_code=of.code)]


def _separate(text: str, count: int) -> list[str]:
    pieces = re.split(r"(?m)^(?=[ \t]*\[\[rule\]\])", text)[1:]
    return [piece.strip() + "\n" for piece in pieces] if len(pieces) == count else [text] * count


def _no_twins(rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"规则 {rule.id} 出现了两次。", f"Rule {rule.id} stands here twice.")
        seen.add(rule.id)


def _rule(table: dict[str, Any], text: str, kind_code: str, version: int) -> Rule:
    name = table.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise RuleError(
            f"规则的 id 要用小写字母、数字和连字符，现在是 {name!r}。",
            f"A rule's id is lower-case letters, digits and hyphens; it is {name!r}.",
        )
    try:
        return _typed(table, text, kind_code, version)
    except RuleError as error:
        raise error.within(f"规则 {name}", f"rule {name}") from error


def _typed(table: dict[str, Any], text: str, kind_code: str, version: int) -> Rule:
    _only(table, _KEYS, "")
    of = _kind(table.get("kind", kind_code))
    params = _params(table.get("params", {}))
    sentence = _table(table.get("sentence", {}), "sentence")
    rule = Rule(
        id=table["id"],
        version=version,
        kind=of,
        zh=_text(table, "zh"),
        en=_text(table, "en"),
        sentence_zh=_sentence(_text(sentence, "zh", "sentence."), of, params),
        sentence_en=_sentence(_text(sentence, "en", "sentence."), of, params),
        levels=_levels(table.get("level"), of, frozenset(params)),
        params=params,
        scope=_scope(table.get("scope", {})),
        life_safety=_flag(table, "life_safety"),
        health=_flag(table, "health"),
        case=table.get("case", ""),
        text=text
        if "kind" in table
        else text.replace("[[rule]]", f'[[rule]]\nkind = "{of.code}"', 1),
    )
    if not isinstance(rule.case, str):
        raise RuleError("case 要写成案卷类别的代码。", "case must be the code of a case class.")
    return rule


def _kind(code: object) -> Kind:
    try:
        return kind(code)  # type: ignore[arg-type]
    except (KeyError, TypeError):
        known = ", ".join(of.code for of in all_kinds())
        raise RuleError(
            f"没有“{code}”这种传感器；有：{known}。",
            f"There is no kind {code!r}; there are {known}.",
        ) from None


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise RuleError(
                f"不认识的设置 {where}{key}；可用：{'、'.join(sorted(known))}。",
                f"Unknown setting {where}{key}; known are {', '.join(sorted(known))}.",
            )


def _table(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RuleError(f"{name} 要写成一个表。", f"{name} must be a table.")
    return value


def _text(table: Mapping[str, Any], key: str, where: str = "") -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RuleError(
            f"缺少 {where}{key}：每条规则都要有中英文名称和说明。",
            f"{where}{key} is missing: every rule has its name and sentence in both languages.",
        )
    return value


def _flag(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise RuleError(f"{key} 只能是 true 或 false。", f"{key} must be true or false.")
    return value


def _params(value: object) -> dict[str, float]:
    params = _table(value, "params")
    for name, number in params.items():
        if not _plain_number(number):
            raise RuleError(
                f"参数 {name} 要是数字，现在是 {number!r}。",
                f"Parameter {name} must be a number; it is {number!r}.",
            )
    return {name: float(number) for name, number in params.items()}


def _plain_number(value: object) -> bool:
    """A number that a column can hold: finite, and not true or false."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -1e308 < value < 1e308


def _sentence(text: str, of: Kind, params: Mapping[str, float]) -> str:
    known = {f.name for f in of.fields if f.type != "token"} | set(params) | EXTRA_WORDS
    try:
        gaps = [(name, scale) for _, name, scale, _ in string.Formatter().parse(text) if name]
    except ValueError as error:
        raise RuleError(f"说明里的花括号不成对：{text}", f"Unpaired brace in: {text}") from error
    for name, scale in gaps:
        if name not in known:
            raise RuleError(
                f"说明里的 {{{name}}} 没有对应的字段或参数；可用：{'、'.join(sorted(known))}。",
                f"{{{name}}} in the sentence is no field or parameter; known: "
                f"{', '.join(sorted(known))}.",
            )
        if scale and scale not in SCALES:
            raise RuleError(
                f"说明里的 {{{name}:{scale}}} 单位不认识；可用：{'、'.join(SCALES)}。",
                f"Unknown unit in {{{name}:{scale}}}; known are {', '.join(SCALES)}.",
            )
    return text


def _scope(value: object) -> Scope:
    table = _table(value, "scope")
    _only(table, _SCOPE, "scope.")
    for name, members in table.items():
        if not isinstance(members, list) or not all(isinstance(m, str) for m in members):
            raise RuleError(
                f"scope.{name} 要是一列文字。", f"scope.{name} must be a list of words."
            )
    return Scope(**{name: frozenset(members) for name, members in table.items()})


def _levels(value: object, of: Kind, params: frozenset[str]) -> tuple[LevelRule, ...]:
    if not isinstance(value, list) or not value:
        raise RuleError("至少要有一个 [[rule.level]]。", "At least one [[rule.level]] is needed.")
    levels = tuple(_level(_table(table, "level"), of, params) for table in value)
    if len({level.level for level in levels}) != len(levels):
        raise RuleError("同一级别只能写一次。", "Each level may stand once.")
    return levels


def _level(table: dict[str, Any], of: Kind, params: frozenset[str]) -> LevelRule:
    settings = dict(table)
    level, name = settings.pop("level", None), settings.pop("operator", None)
    if level not in LEVELS:
        raise RuleError(
            f"级别 {level!r} 不存在；可用 warn（预警）、serious（严重）、critical（紧急）。",
            f"There is no level {level!r}; there are {', '.join(LEVELS)}.",
        )
    config = operator_named(name)
    _only(settings, config.SETTINGS, f"level.{level}.")
    try:
        return LevelRule(level, config.read(settings, of, params))
    except RuleError as error:
        raise error.within(f"级别 {level}", f"level {level}") from error
