"""A power cut at any moment loses nothing acknowledged: a small sweep of `make powercut`."""

from __future__ import annotations

import pytest

from tests.chaos.powercut import Found, sweep
from xiuhua.log.sqlite import PRAGMAS


def test_whatever_was_acknowledged_survives_a_power_cut_at_any_write_or_sync() -> None:
    found = sweep(40, states=7, checkpoint=12)
    assert found.sound, found
    assert found.acknowledged == 40
    assert found.syncs > 60 and found.states > 1_000, "too little was tried: this proves nothing"


@pytest.mark.parametrize("weaker", ["OFF", "NORMAL"])
def test_the_sweep_finds_what_a_weaker_setting_loses(weaker: str) -> None:
    """The same sweep must be able to fail."""
    pragmas = [p for p in PRAGMAS if "synchronous" not in p] + [f"synchronous = {weaker}"]
    found: Found = sweep(6, states=4, checkpoint=12, pragmas=pragmas)
    assert found.lost > 0
