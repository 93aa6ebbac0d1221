"""The MQTT door: listens, knows who is in, and ends what should not go on."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable

from xiuhua.engine.records import Millis
from xiuhua.gateway.commands import Post
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.door import Door
from xiuhua.gateway.intake import Intake
from xiuhua.gateway.rates import Rates

from .codes import Code
from .connection import LOGIN_SECONDS, Connection
from .wills import Wills

CONNECTIONS_MOST = 12_000
OF_ONE_MOST = 50
"""Connections of one speaker: whoever opens more than this would lock the others out."""

SWEEP_EVERY = 1.0


class Hall:
    """Where all MQTT connections of a gateway stand. `clock` is wall time, `monotonic` is not."""

    def __init__(
        self,
        intake: Intake,
        door: Door,
        counters: Counters,
        clock: Callable[[], Millis],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        connections_most: int = CONNECTIONS_MOST,
        rates: Rates | None = None,
    ) -> None:
        self.intake = intake
        self.door = door
        self.counters = counters
        self.clock = clock
        self.monotonic = monotonic
        self.rates = rates or Rates()
        self.wills = Wills(intake, door, counters, clock, monotonic, self.rates)
        self.post: Post | None = None
        self._most = connections_most
        self._connections: dict[Connection, None] = {}
        self._in: dict[str, Connection] = {}
        self._of: dict[str, dict[Connection, None]] = {}
        self._servers: list[asyncio.Server] = []

    async def listen(self, listening: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Take connections from now on; called once for each socket."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self),
            sock=listening,
            backlog=4096,
            ssl=tls,
            ssl_handshake_timeout=LOGIN_SECONDS if tls is not None else None,
        )
        self._servers.append(server)

    async def sweep(self) -> None:
        """End, every second, the connections that have been silent too long; until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            self.end_overdue(self.monotonic())

    def end_overdue(self, now: float) -> None:
        """End the connections whose time is up at `now` (monotonic)."""
        for connection in list(self._connections):
            code = connection.overdue(now)
            if code is not None:
                connection.end(code, "silent for too long")

    def roll_changed(self) -> None:
        """The ledger has changed: end the connections whose secret no longer opens the door."""
        for connection in list(self._in.values()):
            if connection.session is not None and not connection.session.still_valid():
                connection.end(Code.NOT_AUTHORIZED, "the ledger no longer lets this speaker in")

    def lines(self) -> list[Connection]:
        """The connections whose clients are in."""
        return list(self._in.values())

    def hush(self) -> None:
        """Take no more connections, and read no more from those there are."""
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.hush()

    def last_wills(self) -> None:
        """Send the wills of all who are here or gone: we are about to leave them."""
        for connection in list(self._connections):
            connection.leave()
        self.wills.send_all()

    def close(self) -> None:
        """End every connection."""
        for connection in list(self._connections):
            connection.end(Code.SHUTTING_DOWN, "the gateway is stopping")

    @property
    def count(self) -> int:
        """Connections, logged in or not."""
        return len(self._connections)

    # What connections say of themselves

    def opened(self, connection: Connection) -> None:
        """A connection has come. Where there are too many, the one that has kept us waiting for its
        log-in the longest goes: sockets that say nothing must not keep devices out."""
        self._connections[connection] = None
        self.counters.connections.set(len(self._connections))
        if len(self._connections) > self._most:
            strangers = (each for each in self._connections if each.session is None)
            next(strangers).end(Code.SERVER_BUSY, "too many connections")

    def entered(self, connection: Connection, client_id: str) -> None:
        """A client is in; whoever came in under the same id before is out, and so is the oldest of
        too many."""
        before = self._in.get(client_id)
        self._in[client_id] = connection
        if before is not None:
            before.end(Code.SESSION_TAKEN_OVER, "another connection has the same client id")
        own = self._of.setdefault(_speaker_of(client_id), {})
        own[connection] = None
        if len(own) > OF_ONE_MOST:
            next(iter(own)).end(Code.QUOTA_EXCEEDED, "too many connections of one speaker")

    def closed(self, connection: Connection) -> None:
        """A connection has gone."""
        self._connections.pop(connection, None)
        self.counters.connections.set(len(self._connections))
        if connection.session is None:
            return
        client_id = connection.session.login.client_id
        if self._in.get(client_id) is connection:
            del self._in[client_id]
        own = self._of.get(_speaker_of(client_id), {})
        own.pop(connection, None)
        if not own:
            self._of.pop(_speaker_of(client_id), None)


def _speaker_of(client_id: str) -> str:
    """Client ids begin with the speaker's own; see `login`."""
    return client_id.partition("/")[0]
