"""A wire to a PostgreSQL server that can be cut in the middle of a commit."""

from __future__ import annotations

import socket
import threading
from typing import Literal, Self

from tests.support.waiting import PATIENCE

Cut = Literal["", "before the commit", "after the commit"]


class CuttingProxy:
    """Passes everything on to a port of 127.0.0.1. With `cut` set, the next commit breaks the
    connection just before the server sees it, or just before its answer reaches the client.
    With `refuse` set, there is no new connection after that."""

    def __init__(self, server_port: int) -> None:
        self.cut: Cut = ""
        self.refuse = False
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the listener was closed: the test is over
                return
            if self.refuse:
                client.close()
                continue
            wire = _Wire(self, client, socket.create_connection(("127.0.0.1", self._server_port)))
            for way in (wire.up, wire.down):
                threading.Thread(target=way, daemon=True).start()


class _Wire:
    """One connection through the proxy."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._mute = False

    def up(self) -> None:
        while said := _receive(self._client):
            if b"COMMIT" in said and self._proxy.cut:
                self._mute = self._proxy.cut == "after the commit"
                self._proxy.cut = ""
                if not self._mute:
                    break
            self._server.sendall(said)
        self._close()

    def down(self) -> None:
        while (said := _receive(self._server)) and not self._mute:
            self._client.sendall(said)
        self._close()

    def _close(self) -> None:
        for end in (self._client, self._server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other way has closed it
                end.close()


def _receive(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""
