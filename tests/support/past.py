"""A log's packs as history, the way the worker writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from xiuhua.engine.records import Data, Record
from xiuhua.engine.step import State, step
from xiuhua.history.layout import Home
from xiuhua.history.manifest_file import ManifestFile
from xiuhua.history.writer import Writer


def write_history(root: Path, records: Sequence[Record], log: str, *, every: int = 0) -> State:
    """Live the records, write their readings as history into `root`, with a manifest beside; a
    checkpoint after each `every` packs. Returns the engine's state at the end."""
    state = State(log)

    def home_of(device: str) -> Home | None:
        known = state.ledger.last_known(device)
        return Home(known.kind, known.site) if known else None

    writer, manifest = Writer(root, home_of), ManifestFile(root / "manifest.json")
    for number, record in enumerate(records, 1):
        state, _ = step(state, [record])
        late: dict[int, set[int]] = defaultdict(set)
        for position, line in state.late:
            late[position].add(line)
        if isinstance(record, Data):
            writer.add(record, late.get(record.position, ()))
        if every and number % every == 0:
            manifest.add(writer.flush())
    manifest.add(writer.flush())
    return state
