"""Water: what the simulated pipe network says at this hydrant, and the shiver of the gauge."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import SECOND, beats
from xiuhua.simulator.rows import Rows, Span

from . import Scene, signal


@signal("water")
def water(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    time = beats(30 * SECOND, scene.trait(device, "phase"), span)
    day = scene.pipes.day(device)
    return Rows(
        time,
        {
            "pressure": day.pressure(time) + rng.normal(0, 800, len(time)),
            "flow": np.maximum(day.flow(time) + rng.normal(0, 0.01, len(time)), 0.0),
        },
    )
