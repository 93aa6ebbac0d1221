"""Writes of the road: orders to play rejected messages again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db import transaction

from xiuhua.epoch import now_ms
from xiuhua.log.rejected import Narrowed, RejectedBox

from .models import Replay


class NothingWaits(Exception):
    """No message of that choice can be played again."""

    def __init__(self) -> None:
        super().__init__("No message of this choice waits to be played again; nothing was ordered.")


def order_replay(*, which: Narrowed, box: RejectedBox, by: str) -> Replay:
    """Order the gateway to play again what waits now of that choice. Raises NothingWaits, and
    LogUnavailable where the messages cannot be counted."""
    waiting = sum(tally.waiting for tally in box.count(which))
    newest = box.find(which, limit=1)
    if not waiting:
        raise NothingWaits
    return Replay.objects.create(
        at=now_ms(), by=by, reason=which.reason, device=which.device, since=which.since,
        until=which.until, upto=newest[0].number, messages=waiting,
    )  # fmt: skip


def replay_went_on(*, order: int, reached: int, refused: Mapping[str, int]) -> None:
    """Note how far an order has come; telling the same place twice counts once."""
    with transaction.atomic():
        row = Replay.objects.select_for_update().get(pk=order)
        if reached > row.reached:
            row.reached = reached
            row.refused = dict(Counter(row.refused) + Counter(refused))
            row.save(update_fields=["reached", "refused"])


def replay_finished(*, order: int) -> None:
    """Note that an order is carried out."""
    Replay.objects.filter(pk=order, finished__isnull=True).update(finished=now_ms())
