"""People with reasons, and a small neighbourhood: an owner, a colleague, a stranger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from xiuhua.city.staff import commands as staff

NOW = datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
"""A Monday, half past ten in the morning in Shanghai."""

Hire = Callable[..., User]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def hire(db: None) -> Hire:
    """Hire somebody: `hire("lin", role="duty_officer")` gives their account."""

    def hire(username: str, *, role: str, team: str | None = None) -> User:
        staff.put_member(username=username, role=role, zh=username, en=username.title(), team=team)
        return User.objects.get(username=username)

    return hire
