"""What the front doors ask of the house (`xiuhua.gateway.ports`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xiuhua.city import outbox
from xiuhua.city.devices import queries as devices
from xiuhua.gateway.ports import Order, Pending, Speaker

from . import commands, queries
from .lasting import or_unavailable


class Ledger:
    """Who may speak, from the devices room."""

    @or_unavailable
    def version(self) -> int:
        return devices.ledger_version()

    @or_unavailable
    def speakers(self) -> Sequence[Speaker]:
        return devices.speakers()

    @or_unavailable
    def vehicles(self) -> Mapping[str, Collection[str]]:
        return devices.vehicles()


class Outbox:
    """The rooms' changes on their way into the log."""

    @or_unavailable
    def pending(self, limit: int) -> Sequence[Pending]:
        return outbox.pending(limit)

    @or_unavailable
    def copied(self, ids: Sequence[str]) -> None:
        outbox.copied(ids)


class Replays:
    """Orders to play rejected messages again."""

    @or_unavailable
    def open(self) -> Sequence[Order]:
        return [
            Order(r.pk, r.reason, r.device, r.since, r.until, r.reached, r.upto)
            for r in queries.open_replays()
        ]

    @or_unavailable
    def went_on(self, id: int, reached: int, refused: Mapping[str, int]) -> None:  # noqa: A002
        commands.replay_went_on(order=id, reached=reached, refused=refused)

    @or_unavailable
    def finished(self, id: int) -> None:  # noqa: A002
        commands.replay_finished(order=id)
