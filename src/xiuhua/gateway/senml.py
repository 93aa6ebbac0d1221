"""SenML (RFC 8428): a pack of records resolved, and its units turned into a kind's own.

`resolve` follows the RFC and knows nothing of this house. `readings` gathers resolved records into
flat readings: the last part of a name is the field, the part before it the device.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xiuhua.engine.records import Millis
from xiuhua.kinds import Field

from .reasons import Refused

NEWEST_VERSION = 10
RELATIVE_BELOW = 2**28
"""A time smaller than this is in seconds from now (section 4.5.3)."""

LARGEST = 1e300
"""Numbers up to here can be added and turned into another unit, and stay numbers."""

_TEXT = {"bn", "bu", "n", "u", "vs", "vd"}
_NUMBERS = {"bt", "bv", "bs", "bver", "v", "s", "t", "ut"}
_VALUES = ("v", "vs", "vb", "vd")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*")

Value = float | str | bool


@dataclass(frozen=True, slots=True)
class Resolved:
    """A record by itself: full name, unit or "", Unix seconds, value."""

    number: int
    name: str
    unit: str
    time: float
    value: Value


@dataclass(slots=True)
class Reading:
    """What a pack says of one device at one moment: value and unit ("" if unsaid) by field."""

    number: int
    device: str
    time: Millis
    values: dict[str, tuple[Value, str]]


@dataclass(slots=True)
class _Base:
    name: str = ""
    time: float = 0
    unit: str = ""
    value: float | None = None


def looks_like(item: object) -> bool:
    """Whether the first item of an array is a SenML record: our readings have no such labels."""
    return isinstance(item, dict) and ("n" in item or "bn" in item)


def resolve(pack: Sequence[object], now: float) -> Iterator[Resolved | tuple[int, Refused]]:
    """Each record by itself, or its number (from 1) and why it cannot be taken.

    `now` is Unix seconds. Raises Refused where the whole pack is unusable. A record with base
    labels alone says nothing itself.
    """
    _check_version(pack)
    base = _Base()
    for number, record in enumerate(pack, 1):
        try:
            labels = _checked_labels(record)
            _rebase(base, labels)
            if labels.keys() - {"bn", "bt", "bu", "bv", "bs", "bver"}:
                yield _resolved(number, labels, base, now)
        except Refused as refused:
            yield number, refused


def readings(pack: Sequence[object], now: Millis) -> Iterator[Reading | tuple[int, Refused]]:
    """The pack's readings in order of their first record, then its refused records."""
    found: dict[tuple[str, Millis], list[Reading]] = {}
    refusals = []
    for record in resolve(pack, now / 1000):
        if isinstance(record, tuple):
            refusals.append(record)
            continue
        device, field = _device_and_field(record.name)
        time = round(record.time * 1000)
        same = found.setdefault((device, time), [])
        if not same or field in same[-1].values:
            same.append(Reading(record.number, device, time, {}))
        same[-1].values[field] = (record.value, record.unit)
    for group in found.values():
        yield from group
    yield from refusals


def in_unit(field: Field, value: Value, unit: str) -> Value:
    """The value in the field's own unit; raises Refused for a unit that cannot be turned into it.

    Without a unit the value is taken to be in the field's own.
    """
    if not unit or unit == field.unit or isinstance(value, str | bool):
        return value
    if unit in _COUNTS and field.unit in _COUNTS:
        return value
    from_, to = _UNITS.get(unit), _UNITS.get(field.unit)
    if from_ is None or to is None or from_.measures != to.measures:
        raise Refused("senml_unit", field=field.name, unit=field.unit or "count")
    return (value * from_.factor + from_.offset - to.offset) / to.factor


def _check_version(pack: Sequence[object]) -> None:
    versions = [r["bver"] for r in pack if isinstance(r, dict) and "bver" in r]
    newest = max((v for v in versions if isinstance(v, int | float)), default=0)
    if newest > NEWEST_VERSION or any(version != versions[0] for version in versions):
        raise Refused("senml_version")


def _checked_labels(record: object) -> Mapping[str, object]:
    if not isinstance(record, dict):
        raise Refused("not_object")
    for label, value in record.items():
        if label.endswith("_"):
            raise Refused("senml_label", field=label[:32])
        if not _fits(label, value):
            raise Refused("senml_type", field=label)
    return record


def _fits(label: str, value: object) -> bool:
    if label in _TEXT:
        return isinstance(value, str)
    if label in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return abs(value) <= LARGEST
    return label != "vb" or isinstance(value, bool)


def _rebase(base: _Base, labels: Mapping[str, object]) -> None:
    base.name = _text(labels, "bn", base.name)
    base.unit = _text(labels, "bu", base.unit)
    base.time = _number(labels, "bt", base.time)
    if "bv" in labels:
        base.value = _number(labels, "bv", 0)


def _resolved(number: int, labels: Mapping[str, object], base: _Base, now: float) -> Resolved:
    name = base.name + _text(labels, "n", "")
    if not _NAME.fullmatch(name):
        raise Refused("senml_name")
    time = base.time + _number(labels, "t", 0)
    if abs(time) > 2**53:
        raise Refused("bad_time")
    return Resolved(
        number=number,
        name=name,
        unit=_text(labels, "u", base.unit),
        time=now + time if abs(time) < RELATIVE_BELOW else time,
        value=_value(labels, base),
    )


def _value(labels: Mapping[str, object], base: _Base) -> Value:
    given = [label for label in _VALUES if label in labels]
    if "s" in labels or "vd" in labels or len(given) > 1:
        raise Refused("senml_value")
    if not given:
        if base.value is None:
            raise Refused("senml_value")
        return base.value
    value = labels[given[0]]
    assert isinstance(value, float | int | str | bool), given  # _checked_labels saw to it
    return value + (base.value or 0) if given[0] == "v" and not isinstance(value, str) else value


def _text(labels: Mapping[str, object], label: str, otherwise: str) -> str:
    value = labels.get(label, otherwise)
    assert isinstance(value, str), label
    return value


def _number(labels: Mapping[str, object], label: str, otherwise: float) -> float:
    value = labels.get(label, otherwise)
    assert isinstance(value, int | float), label
    return value


def _device_and_field(name: str) -> tuple[str, str]:
    parts = [part for part in re.split(r"[/:]", name) if part]
    return (parts[-2] if len(parts) > 1 else ""), (parts[-1] if parts else "")


@dataclass(frozen=True, slots=True)
class _Unit:
    """One of this unit is `factor` of what it measures in SI; `offset` is added after."""

    measures: str
    factor: float
    offset: float = 0


_COUNTS = frozenset({"", "1", "/", "count"})

_UNITS = {
    "Pa": _Unit("pressure", 1),
    "hPa": _Unit("pressure", 1e2),
    "kPa": _Unit("pressure", 1e3),
    "MPa": _Unit("pressure", 1e6),
    "K": _Unit("temperature", 1),
    "Cel": _Unit("temperature", 1, 273.15),
    "V": _Unit("voltage", 1),
    "mV": _Unit("voltage", 1e-3),
    "A": _Unit("current", 1),
    "mA": _Unit("current", 1e-3),
    "W": _Unit("power", 1),
    "kW": _Unit("power", 1e3),
    "m": _Unit("length", 1),
    "cm": _Unit("length", 1e-2),
    "mm": _Unit("length", 1e-3),
    "km": _Unit("length", 1e3),
    "rad": _Unit("angle", 180 / 3.141592653589793),
    "deg": _Unit("angle", 1),
    "m3/s": _Unit("flow", 3600),
    "m3/h": _Unit("flow", 1),
    "l/s": _Unit("flow", 3.6),
    "Hz": _Unit("rate", 1),
    "1/s": _Unit("rate", 1),
    "/s": _Unit("rate", 1),
    "1/min": _Unit("rate", 1 / 60),
    "s": _Unit("duration", 1),
    "ms": _Unit("duration", 1e-3),
    "min": _Unit("duration", 60),
    "h": _Unit("duration", 3600),
}
