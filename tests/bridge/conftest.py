from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .broker import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    made = Broker(folder)
    made.start()
    yield made
    made.stop()
