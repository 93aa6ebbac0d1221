"""What the front doors ask of the house (`xiuhua.gateway.ports`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xiuhua.city import outbox
from xiuhua.city.devices import codes, credentials, orders
from xiuhua.city.devices import queries as devices
from xiuhua.engine.records import Millis
from xiuhua.gateway.ports import Command, Enrolled, News, Order, Pending, Speaker, Use

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

    @or_unavailable
    def used(self, uses: Sequence[Use]) -> None:
        credentials.used(uses=uses)


class Enrolment:
    """One-time codes, from the devices room."""

    @or_unavailable
    def redeem(self, code: str, now: Millis) -> Enrolled:
        return codes.redeem(code, now)


class Commands:
    """People's commands to devices."""

    @or_unavailable
    def waiting(self, now: Millis) -> Sequence[Command]:
        return orders.waiting(now)

    @or_unavailable
    def told(self, news: Sequence[News]) -> Collection[tuple[str, str]]:
        return orders.told(news)


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
