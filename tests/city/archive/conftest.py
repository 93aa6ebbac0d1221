"""A small history in the city: two devices in one flat, a door, three days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from tests.city.conftest import Hire
from xiuhua.city.devices import commands as devices
from xiuhua.city.devices.commands import NewDevice
from xiuhua.city.manifest import Manifest
from xiuhua.engine.records import Data
from xiuhua.history.layout import Home
from xiuhua.history.writer import Writer

DAY = 86_400_000
NOW = int(datetime(2026, 3, 9, 2, 30, tzinfo=UTC).timestamp() * 1000)
FLAT = "tl04-b031-0402"
SMOKE, WATER, DOOR = "tl04-smoke-0007", "tl04-water-0001", "tl04-door-0001"


@pytest.fixture
def keeper(hire: Hire) -> User:
    """The security administrator."""
    return hire("an", role="security_admin")


@pytest.fixture
def root(db: None, tmp_path: Path, settings: LazySettings) -> Path:
    """Three days of history, a part for each kind and day, two smoke detectors in one."""
    settings.HISTORY_ROOT = tmp_path
    for id_, flat in ((SMOKE, FLAT), ("tl04-smoke-0008", ""), (WATER, FLAT), (DOOR, "")):
        kind = id_.split("-")[1]
        devices.put_devices(
            devices=[
                NewDevice(
                    id=id_, kind=kind, site="tl04", place="tl04", flat=flat, lon=121.4, lat=31.1,
                    zh=id_, en=id_,
                )
            ]
        )  # fmt: skip
    writer = Writer(tmp_path, lambda device: Home(device.split("-")[1], "tl04"))
    for number, days in enumerate((60, 31, 1), 1):
        at = NOW - days * DAY
        names = (SMOKE, "tl04-smoke-0008", WATER, DOOR)
        lines = [f'{{"device":"{name}","time":{at + n}}}\n' for n, name in enumerate(names)]
        writer.add(Data(number, at, len(lines), "".join(lines).encode()))
    Manifest().add(writer.flush())
    return tmp_path
