"""Smoke: clean air with a little dust, the warmth of a room, a battery of three volts."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import MINUTE, beats
from xiuhua.simulator.rows import Rows, Span

from . import Scene, signal
from .common import battery, indoors


@signal("smoke")
def smoke(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    time = beats(MINUTE, scene.trait(device, "phase"), span)
    dust = scene.trait(device, "dust", 0.002, 0.012)
    return Rows(
        time,
        {
            "obscuration": dust + np.abs(rng.normal(0, 0.003, len(time))),
            "temperature": indoors(scene, device, time) + rng.normal(0, 0.1, len(time)),
            "battery": battery(scene, device, 3.0, len(time), rng),
        },
    )
