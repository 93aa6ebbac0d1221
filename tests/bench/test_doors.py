"""The bench of the doors counts what was acknowledged, and finds all of it in the log."""

from __future__ import annotations

import asyncio

import pytest

from bench.doors.__main__ import Case, our_case


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        Case("MQTT", "mqtt", 5, 3, 1, 0),
        Case("MQTT, arrays", "mqtt", 2, 1, 7, 0),
        Case("HTTP", "http", 2, 1, 9, 0),
    ],
    ids=lambda case: case.title,
)
def test_what_is_acknowledged_is_in_the_log(case: Case) -> None:
    figures = asyncio.run(our_case(case, 0.4))
    assert isinstance(figures["acknowledged"], int) and figures["acknowledged"] > 0
    assert figures["acknowledged"] % case.readings == 0
