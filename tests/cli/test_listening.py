"""Ports: free or not, and whose."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_ports
from xiuhua.listening import Holder, holder, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this very process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_taken_port_is_not_free_and_names_its_holder(taken: int) -> None:
    assert not is_free("127.0.0.1", taken)
    found = holder(taken)
    assert found is not None
    assert found.pid == os.getpid()
    mine = Path("/proc/self/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    assert found.command and mine.startswith(found.command)


def test_a_free_port_has_no_holder() -> None:
    [port] = free_ports(1)
    assert is_free("127.0.0.1", port)
    assert holder(port) is None


def test_an_address_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(OSError, match="assign requested address"):
        is_free("192.0.2.1", 0)


def test_a_holder_says_who_it_is() -> None:
    assert str(Holder(7, "mosquitto -c x")) == "process 7 (mosquitto -c x)"
    assert str(Holder(7, "")) == "process 7 (of another user)"
