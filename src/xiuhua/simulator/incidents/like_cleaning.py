"""Looks like an electrical fire: a vacuum cleaner's brushes, and now and then a bad start."""

import numpy as np

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, together
from .when import at_random

CLEAN = 1_200.0


@script(
    "cleaning",
    zh="吸尘器打火花",
    en="Vacuum cleaning",
    when=at_random(240, hours=(8, 19)),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    meter = cue.pick(scene.stage.kind("arc"))
    if meter is None:
        return None
    brushes = together(
        bend("arcs", lambda t: np.where(t % 300 < 10, 18.0, 9.0), "most"),
        bend("current", lambda t: np.full(len(t), 7.0)),
    )
    act = Act(device=meter.id, since=cue.at, until=cue.after(CLEAN), play=brushes)
    return Plot(place=meter.flat or meter.place, until=act.until, acts=(act,))
