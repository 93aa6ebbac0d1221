"""The law book's own kind, for all tests that play its lives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.engine.examples import SPAN
from xiuhua import kinds
from xiuhua.kinds import Field, Kind


@pytest.fixture(scope="module")
def lawgate() -> Iterator[Kind]:
    """A kind with every type of field and a reorder span, known only while a file's tests run."""
    number = Field(name="level", type="number", zh="位", en="Level", nullable=True)
    tag = Field(name="tag", type="token", zh="标", en="Tag", nullable=True)
    law = Kind(
        code="lawgate", zh="律", en="Law", fields=(number, tag),
        interval=timedelta(seconds=1), reorder=timedelta(milliseconds=SPAN),
    )  # fmt: skip
    kinds._kinds["lawgate"] = law
    yield law
    del kinds._kinds["lawgate"]
