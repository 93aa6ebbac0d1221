from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from xiuhua.city.evaluation.models import Fact

JUNE = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
"""10 June, ten in the morning in Shanghai."""
DAY = timedelta(days=1)

Put = Callable[..., Fact]


@pytest.fixture
def put(db: None) -> Put:
    """Put a fact down: a case of team A, due on 10 June and handled and closed on time, unless
    told otherwise."""
    count = 0

    def put(**more: object) -> Fact:
        nonlocal count
        count += 1
        facts = {
            "number": f"C{count:03}", "case_class": "litter", "source": "patrol", "site": "tl04",
            "team": "A", "stage": "closed", "opened": JUNE - DAY, "filed": True,
            "handle_due": JUNE, "handle_at": JUNE - timedelta(hours=1), "handle_by": "wu",
            "close_at": JUNE + timedelta(hours=1),
        }  # fmt: skip
        return Fact.objects.create(**(facts | more))

    return put
