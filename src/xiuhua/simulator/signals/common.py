"""What several kinds share: the warmth of rooms, batteries."""

from collections.abc import Sequence

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rows import Column, Floats, Times

from . import Scene


def indoors(scene: Scene, device: Device, time: Times) -> Floats:
    """Air in a room, Cel: it follows the weather by a third."""
    liked = scene.trait(device, "warmth", 20.0, 24.0)
    return liked + (scene.weather.temperature(time) - 18.0) / 3


def battery(
    scene: Scene, device: Device, volts: float, size: int, rng: np.random.Generator
) -> Floats:
    """Volts of a cell with years to go. A dying one is the business of `faults`."""
    charge = volts * scene.trait(device, "charge", 0.96, 1.02)
    return charge + rng.normal(0, 0.004, size)


def one_of(members: Sequence[str], size: int, rng: np.random.Generator) -> Column:
    """Members drawn at random, again and again."""
    drawn = np.array(members or ("",), dtype=object)
    return drawn[rng.integers(0, len(drawn), size)]
