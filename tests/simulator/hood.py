"""A very small neighbourhood: a compound with two doors, a metro exit, a few of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xiuhua.neighbourhood import Device, Gateway, Neighbourhood, Place, Resident
from xiuhua.simulator.faults import PROFILES
from xiuhua.simulator.hydraulics import STEPS
from xiuhua.simulator.pipes import Gauge, Pipes
from xiuhua.simulator.schedule import Quiet, Schedule
from xiuhua.simulator.signals import Scene
from xiuhua.simulator.stage import Stage
from xiuhua.simulator.weather import Weather
from xiuhua.simulator.world import World, load

SITE = "tl99"
FLATS = (f"{SITE}-b001-0101", f"{SITE}-b001-0302", f"{SITE}-b002-0201")


PLATES = tuple(f"沪AI{number:04}" for number in range(1, 61))


def device(kind: str, number: int, place: str, *tags: str, **more: Any) -> Device:
    """A sensor; a place like `tl99-b001-0101` is a flat of its building."""
    site = more.pop("site", SITE)
    parts = place.split("-")
    building = "-".join(parts[:2]) if len(parts) > 1 and parts[1].startswith("b") else ""
    row = {
        "id": f"{site}-{kind}-{number:04}",
        "kind": kind,
        "place": place,
        "site": site,
        "building": building,
        "flat": place if len(parts) == 3 and building else "",
        "lon": 121.43 + number / 2_000,
        "lat": 31.17 + (number % 3) / 3_000,
        "under": f"{site}-gw-01",
        "tags": tags,
        "params": {},
        "zh": kind,
        "en": kind,
    }
    return Device(**{**row, **more})


def devices() -> tuple[Device, ...]:
    home, stairs, corner = f"{SITE}-b001", f"{SITE}-b002", f"{SITE}-corner"
    return (
        device("smoke", 1, FLATS[0], "home", "elder_alone", under=""),
        device("smoke", 2, FLATS[2], "home", under=""),
        device("smoke", 3, stairs, "stairwell"),
        device("arc", 1, FLATS[0], "home", "elder_alone"),
        device("arc", 2, stairs, "riser"),
        device("door", 1, home),
        device("door", 2, stairs),
        device("camera", 1, home, "facade", "construction"),
        device("camera", 2, f"{SITE}-gate", "gate"),
        device("camera", 3, corner, "low_lying"),
        device("camera", 4, corner, "stall"),
        device("camera", 1, "street-metro-3", "metro_exit", site="street"),
        device("face", 1, f"{SITE}-gate", "gate"),
        device("vehicle", 1, f"{SITE}-gate", "gate"),
        device("water", 1, f"{SITE}-hyd-01", "hydrant"),
        device("water", 2, f"{SITE}-hyd-02", "hydrant"),
        device("water", 3, f"{SITE}-hyd-03", "hydrant"),
        device("manhole", 1, corner, "storm", under=""),
        device("bikeshed", 1, f"{SITE}-shed-01"),
        device("sniffer", 1, f"{SITE}-gate", "gate"),
    )


def neighbourhood(*more: Device) -> Neighbourhood:
    """The small one, with these further devices."""
    people = (
        Resident(
            "r1", "金阿宝", FLATS[0], 1941, "f", tags=("elder", "elder_alone"), cards=("c-1",)
        ),
        Resident("r2", "吕若溪", FLATS[1], 1999, "f", tags=("tenant",), cards=("c-2",)),
        Resident("r3", "吕一鸣", FLATS[1], 1998, "m", tags=("tenant",), cards=("c-3",)),
        Resident("r4", "邱景行", FLATS[2], 1980, "m", cards=("c-4",), faces=("p-4",)),
    )
    return Neighbourhood(
        places=(Place(SITE, "compound", "", "田园", "Tianyuan", 121.43, 31.17, site=SITE),),
        devices=(*devices(), *more),
        gateways=(
            Gateway(f"{SITE}-gw-01", SITE, "网关", "Gateway"),
            Gateway("street-gw-01", "street", "网关", "Gateway"),
        ),
        residents=people,
        lists={
            f"cards@{SITE}-b001": ("c-1", "c-2", "c-3"),
            f"cards@{SITE}-b002": ("c-4",),
            f"faces@{SITE}": ("p-4",),
            f"vehicles@{SITE}": PLATES,
        },
        teams=(),
        accounts=(),
        classes=(),
        map={"type": "FeatureCollection", "features": []},
        rules={},
    )


class StillPipes(Pipes):
    """Pipes that nobody computes: full pressure by day and night, none where a branch is broken.
    EPANET takes seconds to import; `test_pipes` has it."""

    def start(self) -> None:
        return

    def day(self, device: Device) -> Gauge:
        return Gauge(np.full(STEPS, 280_000.0), np.full(STEPS, 3.0))

    def burst(self, device: Device, broken: str) -> Gauge:
        if device.id == broken:
            return Gauge(np.full(STEPS, 10_000.0), np.full(STEPS, 300.0))
        return Gauge(np.full(STEPS, 265_000.0), np.full(STEPS, 2.9))


def scene(*more: Device, seed: int = 7, only: tuple[str, ...] = ()) -> Scene:
    """The small neighbourhood as the simulator's devices see it."""
    load()
    stage = Stage(neighbourhood(*more), only)
    return Scene(seed, stage, Weather(seed), StillPipes(stage.kind("water")))


def world(
    *more: Device,
    seed: int = 7,
    only: tuple[str, ...] = (),
    faults: str = "none",
    schedule: Callable[[Scene], Schedule] = lambda _: Quiet(),
) -> World:
    """The small neighbourhood speaking."""
    around = scene(*more, seed=seed, only=only)
    return World(around, schedule(around), PROFILES[faults])
