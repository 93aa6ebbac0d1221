"""Looks like a surge: the morning's rush hour, fuller than usual and within capacity."""

import numpy as np

from xiuhua.simulator.signals import Scene
from xiuhua.simulator.stage import is_metro

from . import Cue, Plot, script
from .acts import Act, bend
from .when import at_random

RUSH = 5_400.0


@script(
    "rush-hour",
    zh="早高峰",
    en="Rush hour",
    when=at_random(15, hours=(7, 8)),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(camera for camera in scene.stage.kind("camera") if is_metro(camera))
    if camera is None:
        return None
    pace = cue.pace
    rush = bend("people", lambda t: 60.0 * np.sin(np.pi * np.clip(t / pace / RUSH, 0, 1)))
    act = Act(device=camera.id, since=cue.at, until=cue.after(RUSH), play=rush)
    return Plot(place=camera.place, until=act.until, acts=(act,))
