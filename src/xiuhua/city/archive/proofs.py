"""The manifest that deletes with proof: what ended is written into a chain, each link keyed over
its row and the link before, in the transaction that takes it out of the manifest."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings
from django.db import transaction

from xiuhua.city.manifest import Manifest
from xiuhua.epoch import now_ms
from xiuhua.history.parts import Part
from xiuhua.tokens import own_key

from .models import Ending, EndingsHead

if TYPE_CHECKING:
    from xiuhua.history.ending import Ended, Why

_HEAD = 1


class Keeper(Manifest):
    """The city's manifest for whoever deletes (`xiuhua.history.ending.Keeper`)."""

    @transaction.atomic
    def end(self, ended: Ended, why: Why) -> None:
        """Name what is left in the place of the part, and write the proof, in one step."""
        self.replace([ended.left] if ended.left else [], [ended.part])
        EndingsHead.objects.get_or_create(id=_HEAD, defaults={"seq": 0, "mac": ""})
        head = EndingsHead.objects.select_for_update().get(id=_HEAD)
        row = Ending(
            seq=head.seq + 1,
            at=now_ms(),
            **msgspec.structs.asdict(why),
            entry=_json(ended.part),
            digest=ended.digest,
            removed=ended.removed,
            left=_json(ended.left) if ended.left else "",
        )
        row.mac = _mac(row, head.mac)
        row.save(force_insert=True)
        EndingsHead.objects.filter(id=_HEAD).update(seq=row.seq, mac=row.mac)


def part_of(row: Ending) -> Part:
    """The manifest's entry of what ended."""
    return msgspec.json.decode(row.entry, type=Part)


def first_broken() -> int | None:
    """The number of the first proof that was altered, removed or put in, or None for a whole chain.

    What it cannot see is a whole database put back to an earlier state: keep `head()` elsewhere.
    """
    before, seq = "", 0
    for row in Ending.objects.order_by("seq").iterator():
        if row.seq != seq + 1 or not hmac.compare_digest(row.mac, _mac(row, before)):
            return seq + 1
        before, seq = row.mac, row.seq
    return None if head() == (seq, before) else seq + 1


def head() -> tuple[int, str]:
    """How many endings there are, and the newest mac."""
    found = EndingsHead.objects.filter(id=_HEAD).values_list("seq", "mac").first()
    return found or (0, "")


def holds(mac: str) -> bool:
    """Whether a proof with that code, noted earlier, is still in the chain."""
    return Ending.objects.filter(mac=mac).exists()


def _json(part: Part) -> str:
    return msgspec.json.encode(part).decode()


def _mac(row: Ending, before: str) -> str:
    facts = [
        before, row.seq, row.at, row.rule, row.who, row.reason, row.device, row.entry, row.digest,
        row.removed, row.left,
    ]  # fmt: skip
    return hmac.new(_key(), msgspec.json.encode(facts), hashlib.sha256).hexdigest()


@cache
def _key() -> bytes:
    return own_key(settings.HOME, "endings")
