"""What an alert rests on, for a person's eyes: its numbers with their names and units, and whose
readings to draw beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from xiuhua.city.devices import queries as devices
from xiuhua.city.devices.readings import Said
from xiuhua.engine.operators.crowd import Crowd
from xiuhua.engine.rules import Rule
from xiuhua.engine.words import field_named
from xiuhua.kinds import Field, Kind

OWN_WORDS = {
    "usual": ("常态", "Usual"),
    "spread": ("离散度", "Spread"),
    "total": ("合计", "In all"),
    "minutes": ("预计还有多久满", "Full in"),
}
"""The operators' own numbers. One that is not named here goes by its own name."""

_UNITS = {"minutes": "min"}


def numbers(rule: Rule, values: Mapping[str, float | bool | str | None]) -> Iterator[Said]:
    """The values of an alert's evidence, each with the field that names it; those that are missing
    are left out."""
    for name, value in values.items():
        field = _field(rule, name) or _own_word(rule, name)
        if field is not None and value is not None:
            yield Said(field, value)


def _field(rule: Rule, name: str) -> Field | None:
    """A field of the rule's kind; where there are several kinds, its name says of which."""
    found = field_named(rule.kinds, name)
    if found is None or len(rule.kinds) == 1:
        return found
    of = next(of for of in rule.kinds if of.code == name.partition(".")[0])
    return replace(found, zh=f"{of.zh} {found.zh}", en=f"{of.en}: {found.en.lower()}")


def _own_word(rule: Rule, name: str) -> Field | None:
    """A number of an operator's own as if it were a field, in the unit of what it looks at."""
    for level in rule.levels:
        if name in level.operator.WORDS:
            zh, en = OWN_WORDS.get(name, (name, name))
            unit = _UNITS.get(name) or _unit(rule, level.operator)
            return Field(name=name, type="number", zh=zh, en=en, unit=unit)
    return None


def _unit(rule: Rule, operator: object) -> str:
    kind, name = rule.kind, getattr(operator, "field", "")
    if isinstance(operator, Crowd):
        kind, name = operator.parts[0].kind, operator.parts[0].field
    field = kind.field(name)
    return field.unit if field else ""


def drawn(rule: Rule, *, subject: str, device: str) -> tuple[Kind, str] | None:
    """Whose readings to draw beside an alert: a kind and a device. Of an alert about a place, that
    is a device of the rule's leading kind there, else the one that spoke; None where none is known.
    A storm is drawn by what belongs to it."""
    if subject == device:
        return rule.kind, device
    spoke = devices.one(device)
    if spoke is not None and spoke.kind == rule.kind.code:
        return rule.kind, device
    leading = devices.first_at(subject, rule.kind.code)
    if leading is not None:
        return rule.kind, leading.id
    own = {of.code: of for of in rule.kinds}
    return (own[spoke.kind], device) if spoke is not None and spoke.kind in own else None
