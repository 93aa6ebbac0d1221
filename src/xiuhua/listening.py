"""Who listens where on this machine, read from /proc: so that "port taken" can name the taker."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LISTEN = "0A"  # the state column of /proc/net/tcp


@dataclass(frozen=True)
class Holder:
    """A process that listens on a port; `command` is empty where it belongs to somebody else."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command or 'of another user'})"


class PortTaken(Exception):
    """Somebody else listens where we would."""

    def __init__(self, setting: str, port: int, taker: Holder | None) -> None:
        super().__init__(
            f"Port {port} is taken by {taker or 'a process that we cannot see'}. Nothing was "
            f"started. End it, or choose another port: {setting}={port + 10000}"
        )


def require_free(host: str, ports: Mapping[str, int]) -> None:
    """Raises PortTaken unless we could listen on all of these ports, each by its setting's name."""
    for setting, port in ports.items():
        if not is_free(host, port):
            raise PortTaken(setting, port, holder(port))


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there now. Raises OSError for an address that is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def holder(port: int) -> Holder | None:
    """The process that listens on a port, or None where nobody does or nobody will say."""
    inodes = _inodes(port)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and inodes & _sockets(folder):
            return Holder(int(folder.name), _command(folder))
    return None


def _inodes(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{columns[9]}]")
    return found


def _sockets(process: Path) -> set[str]:
    try:
        return {_target(link) for link in (process / "fd").iterdir()}
    except OSError:  # the process ended meanwhile, or is another user's
        return set()


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def _command(process: Path) -> str:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode(errors="replace").strip()[:120]
