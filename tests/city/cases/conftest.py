from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.city.alerts import world


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """The small sub-district of `world`, settled; its people by name."""
    return world.settle()
