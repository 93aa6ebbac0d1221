"""Looks like fire: dinner in a wok. Smoke rises for minutes and stays below the alarm line."""

from functools import partial

import numpy as np

from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, together
from .when import at_random

MEAL = 1_500.0


@script(
    "cooking",
    zh="做饭油烟",
    en="Cooking",
    when=at_random(900, hours=(16.5, 19)),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    kitchen = cue.pick(device for device in scene.stage.kind("smoke") if device.flat)
    if kitchen is None:
        return None
    strength = cue.chance("wok").uniform(0.01, 0.045)
    meal = together(
        bend("obscuration", partial(fumes, strength=strength, pace=cue.pace), "most"),
        bend("temperature", partial(fumes, strength=4.0, pace=cue.pace)),
    )
    act = Act(device=kitchen.id, since=cue.at, until=cue.after(MEAL), play=meal)
    return Plot(place=kitchen.flat, until=act.until, acts=(act,))


def fumes(t: Floats, *, strength: float, pace: float) -> Floats:
    """Up with the first oil, down with the open window."""
    return strength * np.interp(t / pace, [0, 300, 900, MEAL], [0, 1, 0.8, 0])
