"""Camera: people counted every ten seconds; it speaks of an event only when there is one."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import METRO, SECOND, STREET, beats
from xiuhua.simulator.rows import Rows, Span, unsaid, words
from xiuhua.simulator.stage import is_metro

from . import Scene, signal

CROWDS = {"metro_exit": 30.0, "market": 25.0, "mall": 25.0, "road": 8.0, "school": 6.0, "gate": 3.0}
"""People in the picture on a weekday's mean, by what the camera looks at."""
FEW = 0.6


@signal("camera")
def camera(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    time = beats(10 * SECOND, scene.trait(device, "phase"), span)
    usual = next((CROWDS[tag] for tag in device.tags if tag in CROWDS), FEW)
    busy = METRO if is_metro(device) else STREET
    return Rows(
        time,
        {
            "people": rng.poisson(scene.trait(device, "crowd", 0.7, 1.3) * usual * busy.at(time)),
            "event": words(len(time)),
            "confidence": unsaid(np.dtype(np.float64), len(time)),
            "media": words(len(time)),
        },
    )
