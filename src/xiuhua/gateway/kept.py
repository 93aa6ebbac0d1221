"""What is kept of a refused message: its field names and the reason always; the message itself, so
that it can be replayed after the mend, only where it cannot be about a person."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from xiuhua import kinds
from xiuhua.engine.records import Millis
from xiuhua.log.base import Rejected

from .ports import Speaker
from .reasons import Refused
from .roll import Roll

BODY_LIMIT = 64 * 1024
_NAMES_LIMIT = 32
_NAME_LIMIT = 64
_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_WORD = re.compile(r"[a-z][A-Za-z_]*")
"""What a field is called. A plate, an address or a person's name has a digit, a colon, or no such
letters."""

UNSAID = "?"
"""Stands for a name that may say who it was: some devices write a value where a name belongs."""


def rejected(
    raw: bytes, why: Refused, *, at: Millis, door: str, speaker: Speaker, device: str, roll: Roll
) -> Rejected:
    """The row that stands for a refused message or item. `device` is the one it named, or ""."""
    names = _names_in(raw)
    known = roll.get(device) if device else speaker
    impersonal = _impersonal(
        known.kind if known else "", names, people=roll.speaks_of_people(speaker)
    )
    return Rejected(
        at=at,
        door=door,
        speaker=speaker.id,
        device=device if _ID.fullmatch(device) else "",
        reason=why.reason,
        detail=f"{why.zh}\n{why.en}",
        fields=_listed(names if impersonal else {_plain(name) for name in names}),
        body=raw if impersonal and len(raw) <= BODY_LIMIT else None,
    )


def _impersonal(kind: str, names: set[str], *, people: bool) -> bool:
    personal, private, harmless = _words(len(kinds.all_kinds()))
    if kind:
        return kind not in personal and private.isdisjoint(names)
    return names <= harmless if names else not people


@cache
def _words(_number_of_kinds: int) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Codes of personal kinds, their token fields, and field names that speak of no person. Asked
    anew whenever a kind has been added."""
    all_kinds = kinds.all_kinds()
    personal = frozenset(kind.code for kind in all_kinds if kind.personal)
    private = frozenset(
        field.name
        for kind in all_kinds
        if kind.personal
        for field in kind.fields
        if field.type == "token"
    )
    plain = frozenset(
        field.name for kind in all_kinds if not kind.personal for field in kind.fields
    )
    return personal, private, (plain - private) | {"device", "time"}


def _plain(name: str) -> str:
    return name if _WORD.fullmatch(name) else UNSAID


def _listed(names: set[str]) -> tuple[str, ...]:
    return tuple(name[:_NAME_LIMIT] for name in sorted(names)[:_NAMES_LIMIT])


def _names_in(raw: bytes) -> set[str]:
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return set()
    items = message if isinstance(message, list) else [message]
    return {name for item in items if isinstance(item, dict) for name in item}


MASK = "•••"
_LABELS = frozenset({"bn", "n", "u", "bu", "t", "bt", "bver"})
"""Labels of SenML that name, and never measure."""
_IDS = frozenset({"device", "time", "bn", "n"})
_SHOWN = 50


def shown(message: Rejected) -> str:
    """What may be shown of a kept message: names, and the values of fields that speak of no person
    in no kind. Of what is no JSON only its shape: every letter as `a`, every digit as `0`."""
    if message.body is None:
        return ""
    try:
        content = msgspec.json.decode(message.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _outline(message.body)
    if isinstance(content, list):
        masked: object = [_masked(item) for item in content[:_SHOWN]]
    else:
        masked = _masked(content)
    return msgspec.json.format(msgspec.json.encode(masked), indent=2).decode()


def _masked(item: object) -> object:
    if not isinstance(item, dict):
        return MASK
    _, _, harmless = _words(len(kinds.all_kinds()))
    known = harmless | _LABELS
    return {
        _plain(name)[:_NAME_LIMIT]: value if name in known and _says_little(name, value) else MASK
        for name, value in item.items()
    }


def _says_little(name: str, value: object) -> bool:
    if isinstance(value, str):
        return (_ID if name in _IDS else _WORD).fullmatch(value) is not None
    return value is None or isinstance(value, bool | int | float)


def _outline(body: bytes) -> str:
    text = body[:2_000].decode("utf-8", "replace")
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", text))
