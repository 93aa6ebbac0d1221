"""Whoever reads bytes from outside survives all of them: `make fuzz` for an hour, CI for seconds.

XIUHUA_FUZZ_SECONDS is the time for everything together; a third of it goes to the live doors.
XIUHUA_FUZZ_SEED draws other inputs (`make fuzz`: the clock), and XIUHUA_KEEP=1 adds the figures to
docs/results. What is found is written to tests/fuzz/found and run again by every later test.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from docs import trust

from . import city
from .live import live
from .loop import FOUND, fuzz, run_one, watchdog
from .targets import Target, targets

SECONDS = float(os.environ.get("XIUHUA_FUZZ_SECONDS", "12"))
SEED = int(os.environ.get("XIUHUA_FUZZ_SEED", "1"))
TARGETS = targets()

pytestmark = pytest.mark.slow


each = pytest.mark.parametrize(
    "target",
    [pytest.param(one, marks=pytest.mark.django_db if one.town else ()) for one in TARGETS],
    ids=lambda target: target.name,
)


@pytest.fixture
def town(target: Target) -> None:
    """The town, for a target that needs it."""
    if target.town:
        city.settle()


def keep(target: str, figures: dict[str, object]) -> None:
    if os.environ.get("XIUHUA_KEEP"):
        trust.leave("fuzz", target=target, seed=SEED, **figures)


@each
@pytest.mark.usefixtures("town")
def test_no_bytes_break_it(target: Target) -> None:
    ran = fuzz(target, SECONDS * 2 / 3 / len(TARGETS), SEED)
    print(f"\n{target.name}: {ran}")  # noqa: T201
    assert ran.inputs > 0
    keep(target.name, asdict(ran))


@each
@pytest.mark.usefixtures("town")
def test_what_once_broke_it_no_longer_does(target: Target) -> None:
    with watchdog():
        for path in sorted((FOUND / target.name.replace(" ", "-")).glob("*")):
            run_one(target, path.read_bytes())


async def test_no_client_breaks_the_doors(tmp_path: Path) -> None:
    lived = await live(tmp_path, SECONDS / 3, SEED)
    print(f"\nlive doors: {lived}")  # noqa: T201
    assert lived.rounds > 0
    assert lived.connections > 0
    keep("live doors", asdict(lived))
