"""Ports: nobody else's, now and until this process ends."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from . import ports
from .ports import free_ports


def test_no_outgoing_connection_can_be_given_one() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 <= port < first for port in free_ports(20))


def test_a_port_is_given_once_and_to_one_process() -> None:
    ours = free_ports(200)
    another = "from tests.support.ports import _keep; print([p for p in {} if _keep(p)])"
    said = subprocess.check_output([sys.executable, "-c", another.format(ours)], text=True)
    assert len(set(ours)) == 200
    assert said == "[]\n"


def test_a_port_on_which_somebody_listens_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = sorted(free_ports(2))
    monkeypatch.setattr(ports, "_keep", {one, other}.__contains__)  # the choice is between these
    with socket.create_server(("127.0.0.1", one)):
        assert ports.free_ports(1) == [other]
