"""The manifest that deletes with proof: what ended is written into a chain, in the transaction that
takes it out of the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from xiuhua.city.chain import Ledger
from xiuhua.city.manifest import Manifest
from xiuhua.epoch import now_ms
from xiuhua.history.parts import Part

from .models import Ending, EndingsHead

if TYPE_CHECKING:
    from xiuhua.history.ending import Ended, Why


def _facts(row: Ending) -> list[object]:
    return [
        row.seq, row.at, row.rule, row.who, row.reason, row.device, row.entry, row.digest,
        row.removed, row.left,
    ]  # fmt: skip


ledger = Ledger("endings", _facts, Ending, EndingsHead)


class Keeper(Manifest):
    """The city's manifest for whoever deletes (`xiuhua.history.ending.Keeper`)."""

    @transaction.atomic
    def end(self, ended: Ended, why: Why) -> None:
        """Name what is left in the place of the part, and write the proof, in one step."""
        self.replace([ended.left] if ended.left else [], [ended.part])
        ledger.append(
            Ending(
                at=now_ms(),
                **msgspec.structs.asdict(why),
                entry=_json(ended.part),
                digest=ended.digest,
                removed=ended.removed,
                left=_json(ended.left) if ended.left else "",
            )
        )


def part_of(row: Ending) -> Part:
    """The manifest's entry of what ended."""
    return msgspec.json.decode(row.entry, type=Part)


def _json(part: Part) -> str:
    return msgspec.json.encode(part).decode()
