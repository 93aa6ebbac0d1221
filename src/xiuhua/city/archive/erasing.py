"""Erasing what one device said: the parts that hold it are written anew without it."""

from __future__ import annotations

from pathlib import Path

from django.db.models import Sum

from xiuhua.history.ending import Why, end
from xiuhua.history.errors import HistoryUnreadable

from .models import Ending, Erasure
from .proofs import Keeper
from .queries import held


def erase(root: Path, order: Erasure, now: int) -> None:
    """Carry out an order and note on it what came of it. Killed anywhere, another call goes on.

    A part on hold stays, and one that cannot be read; both are counted on the order.
    """
    keeper = Keeper()
    why = Why("request", order.by, order.why, order.device)
    unreadable = stayed = 0
    for part in keeper.parts(kind=order.kind):
        on = [hold for hold in held() if hold.on(part) and hold.device in {"", order.device}]
        if on:
            stayed += 1
            continue
        try:
            end(root, keeper, part, why, held())
        except HistoryUnreadable:
            unreadable += 1
    gone = Ending.objects.filter(rule="request", device=order.device, at__gte=order.at)
    order.rows = gone.aggregate(sum=Sum("removed"))["sum"] or 0  # a try that was killed counts too
    order.held, order.unreadable, order.done = stayed, unreadable, now
    order.save()
