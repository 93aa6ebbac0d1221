"""Make the pilot's data files anew, byte for byte: `uv run python pilot/build.py [FOLDER]`.

Written by hand, and only read here: `staff.toml`, `classes.toml` and `rules/`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from making import draw, streets
from making.blocks import lay_out
from making.devices import devices, gateways
from making.people import Registry, lists, residents
from making.places import places
from making.table import COMPOUNDS

from xiuhua.neighbourhood import Device, Gateway

MAP = ('{"type":"FeatureCollection","features":[', "]}")


def main(folder: Path) -> None:
    """Write every made file into the folder."""
    fences = streets.outlines()
    sites = [lay_out(compound, fences[compound.code]) for compound in COMPOUNDS]
    atlas = places(sites)
    registry = Registry()
    people = residents(atlas, registry)
    _json(folder / "map.json", draw.drawing(sites), MAP)
    _json(folder / "places.json", atlas.places)
    _json(folder / "residents.json", people)
    _lists(folder / "lists.json", lists(atlas, people, registry))
    _csv(folder / "gateways.csv", Gateway, gateways())
    _csv(folder / "devices.csv", Device, devices(atlas))


def _json(path: Path, rows: Iterable[Any], around: tuple[str, str] = ("[", "]")) -> None:
    """JSON with one row a line, so that a change shows as one."""
    lines = ",\n".join(_compact(msgspec.to_builtins(row)) for row in rows)
    path.write_text(f"{around[0]}\n{lines}\n{around[1]}\n", "utf-8")


def _lists(path: Path, lists: dict[str, list[str]]) -> None:
    lines = ",\n".join(f"{_compact(name)}:{_compact(row)}" for name, row in lists.items())
    path.write_text(f"{{\n{lines}\n}}\n", "utf-8")


def _compact(row: object) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _csv(path: Path, row_type: type[Device] | type[Gateway], rows: Iterable[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(row_type.__struct_fields__)
        writer.writerows(
            [_cell(getattr(row, name)) for name in row.__struct_fields__] for row in rows
        )


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, dict):
        return " ".join(f"{name}={number:g}" for name, number in value.items())
    return str(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
