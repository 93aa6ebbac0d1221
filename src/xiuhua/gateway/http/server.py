"""uvicorn inside a loop that others use too, and patient only so long with a slow request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from xiuhua.gateway.tls import named_in

from .answers import Turned, as_bytes, malformed, too_many_connections
from .app import CERTIFIED, HttpDoor
from .lobby import Lobby

HEAD_SECONDS = 10
HEAD_LIMIT = 16 * 1024
CONNECTIONS_MOST = 5_000


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's own, which waits for ever for the first byte and the end of a request's head."""

    lobby: Lobby
    """Of the server that it belongs to."""

    _deadline: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MOST and not self.lobby.make_room():
            self._say_and_close(too_many_connections())
        else:
            self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is not None:
            self._head += len(data)
            if self._head > HEAD_LIMIT + len(data):
                self.transport.close()
                return
        super().data_received(data)
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._start_clock()  # blank lines before a request are no request

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's own words)
        self._stop_clock()
        self._say_and_close(malformed())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._start_clock()

    def on_headers_complete(self) -> None:
        self._stop_clock()
        secured: ssl.SSLObject | None = self.transport.get_extra_info("ssl_object")
        shown = secured.getpeercert(binary_form=True) if secured is not None else None
        cast("dict[str, object]", self.scope)[CERTIFIED] = named_in(shown) if shown else None
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        last = not self.pipeline
        super().on_response_complete()
        if last and self._deadline is None and not self.transport.is_closing():
            self.lobby.rests(self)

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: it would advise whoever reads the log to install what we do not want."""

    def hang_up(self) -> None:
        self.transport.abort()

    def _say_and_close(self, turned: Turned) -> None:
        self.transport.write(as_bytes(turned.answer))
        self.transport.close()

    def _start_clock(self) -> None:
        self._head = 0
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(HEAD_SECONDS, self.transport.close)
        self.lobby.owes(self, self.client[0] if self.client else "")

    def _stop_clock(self) -> None:
        self.lobby.left(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Server(uvicorn.Server):
    """uvicorn that leaves signals to whoever runs the loop, and may listen under TLS beside."""

    secured: tuple[socket.socket, ssl.SSLContext] | None = None
    """Where it listens under TLS; set before `serve`."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.secured is not None and self.started:
            listening, context = self.secured
            server = await asyncio.get_running_loop().create_server(
                self._protocol,
                sock=listening,
                ssl=context,
                ssl_handshake_timeout=HEAD_SECONDS,
                backlog=self.config.backlog,
            )
            self.servers.append(server)

    def _protocol(self) -> asyncio.Protocol:
        """A connection like those in the clear: counted with them, ended with them."""
        protocol = cast("type[ImpatientProtocol]", self.config.http_protocol_class)
        return protocol(self.config, self.server_state, self.lifespan.state)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: HttpDoor) -> Server:
    """A server of the HTTP door; run it with `serve(sockets=[…])`, end it by `should_exit`."""

    class Ours(ImpatientProtocol):
        lobby = Lobby()

    config = uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", Ours),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )
    return Server(config)
