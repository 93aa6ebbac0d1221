"""Rules as data: TOML in, typed rules (`rule.py`) out, or a RuleError that says how to mend it."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from xiuhua.kinds import Kind, all_kinds, joined_rules, kind

from . import durations, tables
from .changes import LEVELS
from .errors import RuleError
from .ledger import SUBJECTS, Subject
from .operators import Operator, operator_named
from .rule import SCOPE, Flapping, LevelRule, Rule, Scope, Storm
from .schedule import SETTINGS, read_schedule
from .words import SCALES

__all__ = ["Flapping", "LevelRule", "Rule", "RuleError", "Scope", "Storm", "default_rules", "parse"]

_ID = re.compile(r"[a-z][a-z0-9-]{1,62}")
_BEGINS = re.compile(r"(?m)^[ \t]*\[\[[ \t]*rule[ \t]*\]\]")
_KEYS = {
    "id", "zh", "en", "kind", "kinds", "subject", "life_safety", "health", "case", "sentence",
    "scope", "params", "params_from", "schedule", "storm", "flapping", "level",
}  # fmt: skip
MOST_KINDS = 6
EXTRA_WORDS = frozenset({"silent"})
"""What a sentence may name besides fields, parameters and the operators' own words."""


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
    rules = document.get("rule")
    if not isinstance(rules, list) or not rules or set(document) != {"rule"}:
        raise RuleError(
            "规则文件里只能有 [[rule]]，至少一条。",
            "A rule file holds [[rule]] tables, at least one, and nothing else.",
        )
    texts = _separate(text, len(rules))
    typed = [_rule(t, s, kind_code, version) for t, s in zip(rules, texts, strict=True)]
    _no_twins(typed)
    return typed


def default_rules() -> list[Rule]:
    """The rules that the kinds bring with them, by kind, then those over several kinds."""
    own = [rule for of in all_kinds() if of.rules for rule in parse(of.rules, kind_code=of.code)]
    return own + [rule for text in joined_rules() for rule in parse(text)]


def _separate(text: str, count: int) -> list[str]:
    """Each rule's own text, from its [[rule]] to the next: it must stand for itself in the log."""
    pieces = _BEGINS.split(text)[1:]
    if len(pieces) != count:
        raise RuleError(
            "每条规则要以单独一行 [[rule]] 开头，文字里也不要另起一行写 [[rule]]。",
            "Each rule begins with a line [[rule]], and no text may hold such a line.",
        )
    return [f"[[rule]]\n{piece.strip()}\n" for piece in pieces]


def _no_twins(rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"规则 {rule.id} 出现了两次。", f"Rule {rule.id} stands here twice.")
        seen.add(rule.id)


def _rule(table: object, text: str, kind_code: str, version: int) -> Rule:
    table = tables.as_table(table, "rule")
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
    tables.only(table, _KEYS, "")
    kinds = _kinds(table, kind_code)
    subject = _subject(table.get("subject", "device"), kinds)
    params = tables.params(table.get("params", {}))
    levels = _levels(table.get("level"), kinds, subject, frozenset(params))
    sentence = tables.as_table(table.get("sentence", {}), "sentence")
    known = _words(kinds, levels) | set(params)
    schedule = tables.as_table(table.get("schedule", {}), "schedule")
    tables.only(schedule, SETTINGS, "schedule.")
    return Rule(
        id=table["id"],
        version=version,
        kinds=kinds,
        subject=subject,
        zh=tables.text(table, "zh"),
        en=tables.text(table, "en"),
        sentence_zh=_sentence(tables.text(sentence, "zh", "sentence."), known),
        sentence_en=_sentence(tables.text(sentence, "en", "sentence."), known),
        levels=levels,
        params=params,
        params_from=tuple(tables.dated_params(table.get("params_from", []), params)),
        scope=_scope(table.get("scope", {})),
        schedule=read_schedule(schedule),
        storm=_storm(table["storm"], subject) if "storm" in table else None,
        flapping=_flapping(table["flapping"]) if "flapping" in table else None,
        life_safety=tables.flag(table, "life_safety"),
        health=tables.flag(table, "health"),
        case=_case(table.get("case", "")),
        text=text
        if "kind" in table or "kinds" in table
        else text.replace("[[rule]]", f'[[rule]]\nkind = "{kinds[0].code}"', 1),
        shape=_shape(table, kinds, subject, params),
    )


def _shape(
    table: dict[str, Any], kinds: tuple[Kind, ...], subject: Subject, params: Mapping[str, float]
) -> bytes:
    said = [[of.code for of in kinds], subject, sorted(params), table["level"],
            table.get("schedule", {})]  # fmt: skip
    return msgspec.json.encode(said, order="deterministic")


def _kinds(table: Mapping[str, Any], kind_code: str) -> tuple[Kind, ...]:
    if "kinds" not in table:
        return (_kind(table.get("kind", kind_code)),)
    codes = tables.words(table["kinds"], "kinds")
    if "kind" in table or not 1 <= len(codes) <= MOST_KINDS or len(set(codes)) != len(codes):
        raise RuleError(
            f"kind 和 kinds 只写一个；kinds 写 1 到 {MOST_KINDS} 种，不重复。",
            f"Write kind or kinds; kinds names 1 to {MOST_KINDS}, each once.",
        )
    return tuple(_kind(code) for code in codes)


def _kind(code: object) -> Kind:
    try:
        return kind(code)  # type: ignore[arg-type]
    except (KeyError, TypeError):
        known = ", ".join(of.code for of in all_kinds())
        raise RuleError(
            f"没有“{code}”这种传感器；有：{known}。",
            f"There is no kind {code!r}; there are {known}.",
        ) from None


def _subject(value: object, kinds: tuple[Kind, ...]) -> Subject:
    for subject in SUBJECTS:
        if value == subject and (len(kinds) == 1 or subject != "device"):
            return subject
    known = ", ".join(SUBJECTS[1:] if len(kinds) > 1 else SUBJECTS)
    raise RuleError(
        f"subject 要是 {known} 之一（看几种传感器时不能是 device），现在是 {value!r}。",
        f"subject must be one of {known}; it is {value!r}.",
    )


def _words(kinds: tuple[Kind, ...], levels: tuple[LevelRule, ...]) -> set[str]:
    """What a sentence may name besides parameters; fields of several kinds as `smoke.battery`."""
    several = len(kinds) > 1
    fields = {
        f"{of.code}.{f.name}" if several else f.name
        for of in kinds
        for f in of.fields
        if f.type != "token"
    }
    return fields | EXTRA_WORDS | {word for level in levels for word in level.operator.WORDS}


def _sentence(text: str, known: set[str]) -> str:
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


def _case(value: object) -> str:
    if not isinstance(value, str):
        raise RuleError("case 要写成案卷类别的代码。", "case must be the code of a case class.")
    return value


def _scope(value: object) -> Scope:
    table = tables.as_table(value, "scope")
    tables.only(table, set(SCOPE), "scope.")
    return Scope(**{name: frozenset(tables.words(table[name], f"scope.{name}")) for name in table})


def _storm(value: object, subject: Subject) -> Storm:
    table = tables.as_table(value, "storm")
    tables.only(table, {"at_least", "within", "at"}, "storm.")
    at = table.get("at", "site")
    larger = SUBJECTS[SUBJECTS.index(subject) + 1 :]
    if at not in larger:
        raise RuleError(
            f"storm.at 要比 subject（{subject}）大：{'、'.join(larger) or '没有更大的'}；"
            f"现在是 {at!r}。",
            f"storm.at must be larger than the subject, {subject}: "
            f"{', '.join(larger) or 'nothing is'}; it is {at!r}.",
        )
    return Storm(
        at_least=tables.whole(table.get("at_least"), "storm.at_least", 2, 1000),
        within=durations.parse(table.get("within"), "storm.within", least=1),
        at=at,
    )


def _flapping(value: object) -> Flapping:
    table = tables.as_table(value, "flapping")
    tables.only(table, {"starts", "within"}, "flapping.")
    return Flapping(
        starts=tables.whole(table.get("starts"), "flapping.starts", 2, 100),
        within=durations.parse(table.get("within"), "flapping.within", least=1),
    )


def _levels(
    value: object, kinds: tuple[Kind, ...], subject: Subject, params: frozenset[str]
) -> tuple[LevelRule, ...]:
    if not isinstance(value, list) or not value:
        raise RuleError("至少要有一个 [[rule.level]]。", "At least one [[rule.level]] is needed.")
    levels = tuple(
        _level(tables.as_table(table, "level"), kinds, subject, params) for table in value
    )
    if len({level.level for level in levels}) != len(levels):
        raise RuleError("同一级别只能写一次。", "Each level may stand once.")
    return levels


def _level(
    table: dict[str, Any], kinds: tuple[Kind, ...], subject: Subject, params: frozenset[str]
) -> LevelRule:
    settings = dict(table)
    level, name = settings.pop("level", None), settings.pop("operator", None)
    if level not in LEVELS:
        raise RuleError(
            f"级别 {level!r} 不存在；可用 warn（预警）、serious（严重）、critical（紧急）。",
            f"There is no level {level!r}; there are {', '.join(LEVELS)}.",
        )
    config = operator_named(name)
    tables.only(settings, config.SETTINGS, f"level.{level}.")
    try:
        return LevelRule(level, _operator(config, settings, kinds, subject, params))
    except RuleError as error:
        raise error.within(f"级别 {level}", f"level {level}") from error


def _operator(
    config: type[Operator], settings: dict[str, Any], kinds: tuple[Kind, ...], subject: Subject,
    params: frozenset[str],
) -> Operator:  # fmt: skip
    if subject == "device":
        return config.read(settings, kinds[0], params)
    if not config.PLACES:
        raise RuleError(
            f"{config.NAME} 只能逐个设备判断，subject 要是 device。",
            f"{config.NAME} looks at one device at a time; subject must be device.",
        )
    return config.join(settings, kinds, params)
