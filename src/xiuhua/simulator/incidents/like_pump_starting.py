"""Looks like a burst: the pumps of a compound start; pressure dips, swings and settles."""

import numpy as np

from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, faster, together
from .when import at_random

SETTLED = 180.0


@script(
    "pump-starting",
    zh="水泵启动",
    en="A pump starting",
    when=at_random(60),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    first = cue.pick(scene.stage.kind("water"))
    if first is None:
        return None
    until = cue.at + int(SETTLED * 1_000)
    swing = together(faster(5_000), bend("pressure", swinging))
    return Plot(
        place=first.site,
        until=until,
        acts=tuple(
            Act(device=gauge.id, since=cue.at, until=until, play=swing)
            for gauge in scene.stage.kind("water", site=first.site)
        ),
    )


def swinging(t: Floats) -> Floats:
    """Pa beside the usual: a damped swing that begins downwards."""
    return -45_000.0 * np.exp(-t / 40.0) * np.cos(2 * np.pi * t / 30.0)
