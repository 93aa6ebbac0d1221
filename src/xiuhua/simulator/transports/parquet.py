"""Straight into history: months of readings as Parquet, in the columns that the live house writes,
by day and site, named by a manifest file. Nothing is done reading by reading.

What the door would change or refuse is changed or left out here too: plates become tokens, clocks
that have lost their time are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from xiuhua import kinds
from xiuhua.engine import control
from xiuhua.engine.rules import default_rules, parse
from xiuhua.history.files import sync_folders, write_part
from xiuhua.history.layout import Home, day_of, polars_schema
from xiuhua.history.manifest_file import LEDGER, MANIFEST, ManifestFile
from xiuhua.history.parts import Part
from xiuhua.kinds import Kind
from xiuhua.simulator.faults import Fault, Sent
from xiuhua.simulator.rhythm import SECOND, day_start, local_day
from xiuhua.simulator.rows import Column, Mask, Rows, Span, Times
from xiuhua.simulator.world import World, block_of
from xiuhua.tokens import plate_token, site_key

VEHICLES = "vehicles@"
"""Before the site, in the name of a list of plates."""
OLDEST = 946_684_800_000
"""2000-01-01: the door refuses a time before it."""


class Done(NamedTuple):
    """One day that stands in history, and what went wrong on the way there."""

    day: str
    span: Span
    rows: int
    faults: list[Fault]


class Plates:
    """Tokens as the door gives them: stable for plates on a site's list, else of the day."""

    def __init__(self, master: bytes, lists: Callable[[str], Sequence[str]]) -> None:
        self._master = master
        self._lists = lists
        self._known: dict[str, dict[str, str]] = {}

    def tokens(self, site: str, plates: Column, day: int) -> Column:
        """The column with a token in the place of every plate."""
        known, strange = self._listed(site), site_key(self._master, f"{site}:{day}")
        tokens = [
            None if plate is None else known.get(plate) or plate_token(strange, plate)
            for plate in plates
        ]
        return np.array(tokens, dtype=object)

    def members(self, name: str, members: Sequence[str]) -> Iterable[str]:
        """A list's members as the engine knows them."""
        site = name.removeprefix(VEHICLES)
        return members if site == name else self._listed(site).values()

    def _listed(self, site: str) -> dict[str, str]:
        if site not in self._known:
            key = site_key(self._master, site)
            self._known[site] = {plate: plate_token(key, plate) for plate in self._lists(site)}
        return self._known[site]


class Archive:
    """Writes a world's past into a folder of history. `start` is when the log began, epoch ms:
    a pack a second from there on gives the positions."""

    def __init__(self, world: World, root: Path, *, start: int, master: bytes) -> None:
        stage = world.scene.stage
        self._world = world
        self._root = root
        self._start = start
        self._plates = Plates(master, lambda site: stage.members(f"{VEHICLES}{site}"))
        self._manifest = ManifestFile(root / MANIFEST)
        by_home = sorted(world.devices, key=lambda one: (one.kind, one.site))
        self._homes = [
            (Home(kind, site), tuple(devices))
            for (kind, site), devices in groupby(by_home, key=lambda one: (one.kind, one.site))
        ]

    def write_ledger(self) -> None:
        """Write beside the parts who spoke and by which rules the live house would judge it."""
        stage = self._world.scene.stage
        devices = tuple(
            control.Device(
                id=one.id, kind=one.kind, site=one.site, place=one.place, building=one.building,
                flat=one.flat, tags=one.tags, params=one.params,
            )
            for one in stage.devices
        )  # fmt: skip
        texts = [rule.text for rule in default_rules()]
        texts += [rule.text for text in stage.hood.rules.values() for rule in parse(text)]
        lists = [
            control.ListSet(name, add=tuple(self._plates.members(name, members)))
            for name, members in stage.hood.lists.items()
        ]
        rules = control.RulesSet(tuple((1, text) for text in texts))
        said: list[control.Change] = [control.LedgerSet(devices), *lists, rules]
        self._root.mkdir(parents=True, exist_ok=True)
        (self._root / LEDGER).write_bytes(
            b"".join(control.encode(change) + b"\n" for change in said)
        )

    def write(self, since: int, until: int) -> Iterator[Done]:
        """Write every local day between the two moments, one after the other; the manifest names a
        day's parts when all of them are on disk."""
        for day in range(local_day(since), local_day(until - 1) + 1):
            span = Span(max(since, day_start(day)), min(until, day_start(day + 1)))
            faults: list[Fault] = []
            parts = list(self._parts(span, faults))
            sync_folders(self._root, parts)
            self._manifest.add(parts)
            yield Done(day_of(span.since), span, sum(part.rows for part in parts), faults)

    def _parts(self, span: Span, faults: list[Fault]) -> Iterator[Part]:
        for home, devices in self._homes:
            frames = []
            for device in devices:
                for number in range(block_of(span.since), block_of(span.until - 1) + 1):
                    sent = self._world.block(device, number)
                    faults += sent.faults
                    frames.append(self._frame(home, sent, span))
            rows = pl.concat(frames)
            if rows.height:
                yield write_part(self._root, home, day_of(span.since), rows)

    def _frame(self, home: Home, sent: Sent, span: Span) -> pl.DataFrame:
        """What the live house would have written of these readings."""
        taken = (sent.due >= span.since) & (sent.due < span.until) & (sent.rows.time >= OLDEST)
        rows, due = sent.rows.take(taken), sent.due[taken]
        if home.kind == "vehicle":
            plates = self._plates.tokens(home.site, rows.columns["plate"], local_day(span.since))
            rows = Rows(rows.time, {**rows.columns, "plate": plates})
        values: dict[str, Column] = {
            "time": rows.time,
            "position": (due - self._start) // SECOND + 1,
            "arrival": due,
            "late": _late(rows.time, due, kinds.kind(home.kind)),
            **rows.columns,
        }
        schema = polars_schema(home.kind)
        front = pl.repeat(sent.device, len(rows), eager=True, dtype=pl.String()).alias("device")
        said = (_series(name, values.get(name), schema[name], len(rows)) for name in schema)
        return pl.DataFrame([front, *(one for one in said if one.name != "device")])


def _late(time: Times, due: Times, kind: Kind) -> Mask:
    """Overtaken by a newer reading of the same device, and later than the kind waits."""
    newest = np.maximum.accumulate(time)
    waits = kind.reorder.total_seconds() * SECOND
    late: Mask = (time < newest) & (due - time > waits)
    return late


def _series(name: str, column: Column | None, dtype: pl.DataType, size: int) -> pl.Series:
    if column is None:
        return pl.repeat(None, size, eager=True, dtype=dtype).alias(name)
    if column.dtype.kind == "O":
        return pl.Series(name, column.tolist(), dtype=dtype)
    series = pl.Series(name, column)
    return (series.fill_nan(None) if column.dtype.kind == "f" else series).cast(dtype)
