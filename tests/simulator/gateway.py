"""The small neighbourhood's gateway, and the pilot's: a real process, that can be killed."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import cache
from pathlib import Path

from tests.gateway.support import process
from tests.gateway.support.house import FixedLedger
from tests.gateway.support.people import MASTER, SECRET
from xiuhua.gateway.credentials import hashed
from xiuhua.gateway.ports import Speaker
from xiuhua.neighbourhood import Neighbourhood, load
from xiuhua.simulator.app import PILOT
from xiuhua.tokens import plate_token, site_key

from .hood import neighbourhood

Gateway = AbstractAsyncContextManager[tuple[asyncio.subprocess.Process, dict[str, int]]]


def secrets(hood: Neighbourhood | None = None) -> dict[str, str]:
    """Who may log in: the gateways, and the devices that hang under none."""
    hood = hood or neighbourhood()
    own = [device.id for device in hood.devices if not device.under]
    return dict.fromkeys([*(gateway.id for gateway in hood.gateways), *own], SECRET)


@cache
def pilot() -> Neighbourhood:
    """The pilot that the house comes with."""
    return load(PILOT)


@cache
def ledger() -> FixedLedger:
    """The small neighbourhood and the pilot as the doors know them."""
    hood, large, secret = neighbourhood(), pilot(), hashed(SECRET)
    known = tuple(
        Speaker(one.id, secret, kind=one.kind, site=one.site, under=one.under)
        for one in (*hood.devices, *large.devices)
    )
    boxes = tuple(
        Speaker(id_, secret, site=site)
        for id_, site in {one.id: one.site for one in (*hood.gateways, *large.gateways)}.items()
    )
    lists = {
        name.removeprefix("vehicles@"): [
            plate_token(site_key(MASTER, name.removeprefix("vehicles@")), plate)
            for plate in members
        ]
        for name, members in hood.lists.items()
        if name.startswith("vehicles@")
    }
    return FixedLedger(who=known + boxes, lists=lists)


def gateway(log: Path, mqtt: int = 0, http: int = 0) -> Gateway:
    """The gateway's process and its ports, for the length of a block."""
    return process.gateway(log, ledger(), mqtt=mqtt, http=http)
