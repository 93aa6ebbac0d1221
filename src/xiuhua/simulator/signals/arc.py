"""Arc fault: the current of a household, a stray arc from a switch at times, a little leakage."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import POWER, SECOND, beats
from xiuhua.simulator.rows import Rows, Span

from . import Scene, signal
from .common import indoors


@signal("arc")
def arc(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    time = beats(10 * SECOND, scene.trait(device, "phase"), span)
    usual = scene.trait(device, "household", 0.8, 3.5)
    current = usual * POWER.at(time) * np.exp(rng.normal(0, 0.2, len(time)))
    switched = rng.random(len(time)) < 0.002
    return Rows(
        time,
        {
            "arcs": np.where(switched, rng.uniform(0.1, 1.0, len(time)), 0.0),
            "current": np.minimum(current, 30.0),
            "leakage": scene.trait(device, "leak", 0.4, 4.0) + rng.normal(0, 0.1, len(time)),
            "temperature": indoors(scene, device, time) + 0.3 * current,
        },
    )
