"""What rules that join several kinds ask of each: `[[rule.level.of]]` tables, read and said."""

from __future__ import annotations

from collections.abc import Sequence

from xiuhua.engine.errors import RuleError
from xiuhua.engine.words import condition_words
from xiuhua.kinds import Kind

from .base import Part
from .threshold import read_condition

MOST_PARTS = 6


def read_part(table: object, name: str, kinds: tuple[Kind, ...], params: frozenset[str]) -> Part:
    """One table with `kind` (left out where the rule has but one) and `when`; raises RuleError."""
    if not isinstance(table, dict):
        raise RuleError(
            f'{name} 要写成一个表，例如 {{ kind = "smoke", when = "obscuration >= 0.06" }}。',
            f'{name} must be a table such as {{ kind = "smoke", when = "obscuration >= 0.06" }}.',
        )
    for foreign in sorted(table.keys() - {"kind", "when"}):
        raise RuleError(
            f"{name} 里不认识 {foreign}；可用：kind、when。",
            f"Unknown {foreign} in {name}; known are kind and when.",
        )
    of = kind_among(table.get("kind"), kinds)
    try:
        return Part(of, when=read_condition(table, "when", of, params))
    except RuleError as error:
        raise error.within(name, name) from error


def read_parts(
    value: object, kinds: tuple[Kind, ...], params: frozenset[str], least: int
) -> tuple[Part, ...]:
    """The `[[rule.level.of]]` of a level, at least so many; raises RuleError."""
    if not isinstance(value, list) or not least <= len(value) <= MOST_PARTS:
        raise RuleError(
            f"[[rule.level.of]] 要有 {least} 到 {MOST_PARTS} 个。",
            f"There must be {least} to {MOST_PARTS} tables [[rule.level.of]].",
        )
    return tuple(read_part(table, f"of {n}", kinds, params) for n, table in enumerate(value, 1))


def kind_among(code: object, kinds: tuple[Kind, ...]) -> Kind:
    """The rule's kind of that code; its only one where none is named; raises RuleError."""
    if code is None and len(kinds) == 1:
        return kinds[0]
    for of in kinds:
        if of.code == code:
            return of
    known = ", ".join(of.code for of in kinds)
    raise RuleError(
        f"kind 要是规则所看的一种（{known}），现在是 {code!r}。",
        f"kind must be one that the rule watches ({known}); it is {code!r}.",
    )


def part_words(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """Each part in Chinese and English."""
    said = []
    for part in parts:
        assert part.when is not None, "only conditions are said"
        zh, en = condition_words(part.when, part.kind)
        said.append((f"{part.kind.zh}{zh}", f"{part.kind.en.lower()} {en}"))
    return said
