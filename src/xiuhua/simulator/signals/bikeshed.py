"""Bike shed: e-bikes come home and charge through the night; chargers warm the shed."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import CHARGING, SECOND, beats
from xiuhua.simulator.rows import Rows, Span

from . import Scene, signal

WATTS = 160.0
"""One charger."""


@signal("bikeshed")
def bikeshed(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    time = beats(30 * SECOND, scene.trait(device, "phase"), span)
    plugs = int(scene.trait(device, "plugs", 8, 24))
    share = 0.32 * CHARGING.at(time)
    charging = np.minimum(plugs, np.round(plugs * share)).astype(np.int64)
    parked = np.round(plugs * (1.2 + share)).astype(np.int64)
    power = charging * WATTS + 20 + rng.normal(0, 8, len(time))
    return Rows(
        time,
        {
            "temperature": scene.weather.temperature(time) + power / 600,
            "smoke": 0.004 + np.abs(rng.normal(0, 0.002, len(time))),
            "power": np.maximum(power, 0.0),
            "charging": charging,
            "vehicles": parked + rng.integers(0, 2, len(time)),
        },
    )
