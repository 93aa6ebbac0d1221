"""Ports for what a test starts."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path

from xiuhua.listening import is_free

_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_kept: list[socket.socket] = []
_chance = random.SystemRandom()  # not random's own: Hypothesis sets its seed


def free_ports(count: int) -> list[int]:
    """So many different ports of 127.0.0.1 on which nobody listens now.

    They lie below the range from which Linux takes the near end of outgoing connections: from
    there any client of any process may be given our port between this look and the moment when the
    server that we chose it for listens, or while it is stopped to be started again. A port is ours
    until this process ends, so that no other run of the tests chooses it meanwhile.
    """
    free = _free()
    return [next(free) for _ in range(count)]


def _free() -> Iterator[int]:
    below = int(_OUTGOING.read_text().split()[0])
    some = list(range(max(1024, below // 2), below))
    _chance.shuffle(some)
    return (port for port in some if _keep(port) and is_free("127.0.0.1", port))


def _keep(port: int) -> bool:
    """Put our name on a port, unless somebody's stands there. An abstract socket goes with its
    process and leaves no file behind."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0xiuhua-tests-port-{port}")
    except OSError:
        mark.close()
        return False
    _kept.append(mark)
    return True
