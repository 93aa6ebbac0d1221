"""Manhole: a cover that lies still over a sewer which follows the day and the rain."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import IN, MINUTE, beats
from xiuhua.simulator.rows import Rows, Span

from . import Scene, signal
from .common import battery


@signal("manhole")
def manhole(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    time = beats(10 * MINUTE, scene.trait(device, "phase"), span)
    usual = scene.trait(device, "level", 0.10, 0.25)
    runoff = scene.trait(device, "runoff", 0.004, 0.010) * scene.weather.rain(time)
    return Rows(
        time,
        {
            "tilt": np.abs(scene.trait(device, "tilt", 0.2, 1.5) + rng.normal(0, 0.1, len(time))),
            "level": usual * (0.8 + 0.2 * IN.at(time)) + runoff + rng.normal(0, 0.003, len(time)),
            "open": np.zeros(len(time), dtype=np.bool_),
            "battery": battery(scene, device, 3.6, len(time), rng),
        },
    )
