"""A kind's reading as a msgspec Struct made from its fields: decode, check and encode in C.

The struct is strict: whatever it takes is good as it stands (but for its device and time), and
whatever it does not take goes to `fields.read`, which says why. The two must agree on every input.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeAlias, Union

import msgspec
from msgspec import UNSET, Meta, UnsetType

from xiuhua import kinds
from xiuhua.kinds import Field, Kind

TEXT_LIMIT = 200
"""The longest token, in characters."""

AnyReading: TypeAlias = Any
"""An instance of some kind's struct: `device`, `time`, then the kind's fields, each or UNSET."""

WHOLE = 2**53
"""Beyond this a whole number is no longer exact as a float, which is what the engine works with."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What it takes to read one kind: decoders of one reading and of a list of them."""

    kind: Kind
    names: tuple[str, ...]
    fields: dict[str, Field]
    tokenised: tuple[str, ...]
    one: msgspec.json.Decoder[AnyReading]
    many: msgspec.json.Decoder[list[AnyReading]]
    values: attrgetter[Any]
    nothing: object
    """What `values` gives of a reading with no field of the kind in it."""


_shapes: dict[str, Shape] = {}


def shape(code: str) -> Shape | None:
    """The shape of that kind, or None for a kind that nobody has registered yet."""
    if code not in _shapes:
        try:
            _shapes[code] = _shape_of(kinds.kind(code))
        except KeyError:
            return None
    return _shapes[code]


def _shape_of(kind: Kind) -> Shape:
    names = tuple(field.name for field in kind.fields)
    struct = msgspec.defstruct(
        f"{kind.code.title()}Reading",
        [
            ("device", str | UnsetType, UNSET),
            ("time", int | str | UnsetType, UNSET),
            *((field.name, _type_of(field), UNSET) for field in kind.fields),
        ],
        forbid_unknown_fields=True,
        gc=False,
    )
    return Shape(
        kind=kind,
        names=names,
        fields={field.name: field for field in kind.fields},
        tokenised=tuple(field.name for field in kind.fields if field.tokenised),
        one=msgspec.json.Decoder(struct),
        many=msgspec.json.Decoder(list[struct]),  # type: ignore[valid-type]
        values=attrgetter(*names),
        nothing=UNSET if len(names) == 1 else (UNSET,) * len(names),
    )


def _type_of(field: Field) -> object:
    plain = _plain_type(field)
    return Union[plain, None, UnsetType] if field.nullable else Union[plain, UnsetType]  # noqa: UP007 - built while running


def _plain_type(field: Field) -> object:
    match field.type:
        case "number":
            return Annotated[float, Meta(ge=field.low, le=field.high)]
        case "count":
            low, high = whole_limits(field)
            return Annotated[int, Meta(ge=low, le=high)]
        case "bool":
            return bool
        case "choice":
            return Literal[field.choices]
        case "token":
            return Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT)]


def whole_limits(field: Field) -> tuple[int, int]:
    """The smallest and largest whole number that a count may be."""
    low = -WHOLE if field.low is None else int(field.low)
    high = WHOLE if field.high is None else int(field.high)
    return low, high
