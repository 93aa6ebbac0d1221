from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts import world
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases.opening import open_for
from xiuhua.city.devices import commands as devices
from xiuhua.engine.changes import AlertChange

Tell = Callable[..., None]


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """The small sub-district of `tests.city.alerts.world`, with one detector hung up in it."""
    people = world.settle()
    put_detector()
    return people


def put_detector(lon: float = 121.43) -> None:
    """Hang the detector up, or hang it elsewhere."""
    devices.put_devices(
        devices=[
            devices.NewDevice(
                id="tl04-smoke-0007", kind="smoke", site="tl04", place="tl04-b031-0402",
                lon=lon, lat=31.17, zh="402室 烟感", en="Detector",
            )
        ]
    )  # fmt: skip


@pytest.fixture
def tell() -> Tell:
    """Write what the engine says as the worker does: the alert, then its case."""

    def tell(*changes: AlertChange) -> None:
        alerts.record(changes, world.NOW)
        open_for(changes, world.NOW)

    return tell


@pytest.fixture
def as_person(people: dict[str, User]) -> Callable[[str], Client]:
    """A browser in which that person is logged in."""

    def as_person(name: str) -> Client:
        client = Client()
        client.force_login(people[name])
        return client

    return as_person
