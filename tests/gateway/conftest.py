"""What most tests of the doors stand on."""

from __future__ import annotations

import pytest

from .support.house import mqtt_only


@pytest.fixture
async def house():
    """The MQTT door and a log in memory. Tests of the whole gateway have a house of their own."""
    async with mqtt_only() as house:
        yield house
