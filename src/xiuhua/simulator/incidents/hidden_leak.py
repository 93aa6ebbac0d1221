"""A pipe leaks under the ground: no pressure is lost, but water flows day and night."""

import numpy as np

from xiuhua.simulator.rhythm import DAY
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend
from .when import at_random

FOUND = 2 * DAY / 1_000


@script(
    "hidden-leak",
    zh="暗漏",
    en="A hidden leak",
    when=at_random(1),
    expected=("water-leak",),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    gauge = cue.pick(scene.stage.kind("water"))
    if gauge is None:
        return None
    until = cue.after(FOUND)
    leak = cue.chance("leak").uniform(2.0, 5.0)
    leaking = bend("flow", lambda t: leak * np.minimum(t / 600.0, 1.0))
    act = Act(device=gauge.id, since=cue.at, until=until, play=leaking)
    return Plot(place=gauge.place, until=until, acts=(act,))
