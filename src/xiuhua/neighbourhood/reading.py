"""From files to rows: each file in its format, each row well-formed in itself."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .rows import Calendar, Classes, Device, Gateway, Neighbourhood, Place, Resident, Row, Staff

_T = TypeVar("_T")
_R = TypeVar("_R", bound=Row)


class Unreadable(Exception):
    """A file is missing or not in its format."""


def read(folder: Path) -> Neighbourhood:
    """The folder's rows, each well-formed; raises `Unreadable` at the first that is not."""
    staff = _toml(folder / "staff.toml", Staff)
    calendar = folder / "calendar.toml"
    return Neighbourhood(
        places=_json(folder / "places.json", tuple[Place, ...]),
        devices=_csv(folder / "devices.csv", Device),
        gateways=_csv(folder / "gateways.csv", Gateway),
        residents=_json(folder / "residents.json", tuple[Resident, ...]),
        lists=_json(folder / "lists.json", dict[str, tuple[str, ...]]),
        teams=staff.team,
        accounts=staff.account,
        classes=_toml(folder / "classes.toml", Classes).classes,
        map=_json(folder / "map.json", dict[str, Any]),
        holidays=_toml(calendar, Calendar).holiday if calendar.exists() else (),
        rules={path.name: _text(path) for path in sorted((folder / "rules").glob("*.toml"))},
    )


def read_devices(path: Path) -> tuple[Device, ...]:
    """The rows of a ledger alone; raises `Unreadable` at the first that is not well-formed."""
    return _csv(path, Device)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise Unreadable(f"{path.name} is missing; add it (an empty list will do)") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is not UTF-8 ({error.reason}); save it as UTF-8") from None


def _json(path: Path, type_: type[_T]) -> _T:
    try:
        return msgspec.json.decode(_text(path), type=type_)
    except (
        msgspec.DecodeError,
        RecursionError,
    ) as error:  # a ValidationError says where: `$[3].lon`
        raise Unreadable(f"{path.name}: {error}; correct that entry") from None


def _toml(path: Path, type_: type[_T]) -> _T:
    try:
        return msgspec.convert(tomllib.loads(_text(path)), type_)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Unreadable(f"{path.name}: {error}; correct that entry") from None


def _csv(path: Path, type_: type[_R]) -> tuple[_R, ...]:
    lines = csv.reader(_text(path).splitlines())
    wanted = list(type_.__struct_fields__)
    try:
        if next(lines, []) != wanted:
            raise Unreadable(f"{path.name}, row 1: the columns must be {','.join(wanted)}")
        return tuple(_csv_row(path.name, at, wanted, row, type_) for at, row in enumerate(lines, 2))
    except csv.Error as error:
        raise Unreadable(f"{path.name}, row {lines.line_num}: {error}; correct that row") from None


def _csv_row(file: str, at: int, header: list[str], row: list[str], type_: type[_R]) -> _R:
    if len(row) != len(header):
        raise Unreadable(f"{file}, row {at}: {len(row)} columns in the place of {len(header)}")
    cells: dict[str, Any] = dict(zip(header, row, strict=True))
    if "tags" in cells:
        cells["tags"] = cells["tags"].split()
    try:
        if "params" in cells:
            cells["params"] = _params(cells["params"])
        return msgspec.convert(cells, type_, strict=False)
    except ValueError as error:  # msgspec.ValidationError is one
        raise Unreadable(f"{file}, row {at} ({row[0]}): {error}; correct that cell") from None


def _params(cell: str) -> dict[str, str]:
    params = {}
    for pair in cell.split():
        name, equals, number = pair.partition("=")
        if not equals:
            raise ValueError(f"params hold name=number pairs, {pair!r} is none")
        params[name] = number
    return params
