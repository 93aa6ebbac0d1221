"""Sniffer: how many radios are near in a minute, and how many were not there the minute before."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import MINUTE, STREET, beats
from xiuhua.simulator.rows import Rows, Span

from . import Scene, signal


@signal("sniffer")
def sniffer(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    time = beats(MINUTE, scene.trait(device, "phase"), span)
    usual = scene.trait(device, "crowd", 15, 60)
    devices = rng.poisson(usual * (0.3 + 0.7 * STREET.at(time)))
    return Rows(time, {"devices": devices, "new": rng.binomial(devices, 0.15)})
