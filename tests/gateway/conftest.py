"""What most tests of the doors stand on."""

from __future__ import annotations

import pytest
from hypothesis import settings

from .support.house import mqtt_only

settings.register_profile("untimed", deadline=None)  # others may be using this machine
settings.load_profile("untimed")


@pytest.fixture
async def house():
    """The MQTT door and a log in memory. Tests of the whole gateway have a house of their own."""
    async with mqtt_only() as house:
        yield house
