"""An elder who lives alone has gone quiet: no kettle, no light; only the refrigerator draws."""

import numpy as np

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend
from .when import at_random

QUIET = 30 * 3_600.0


@script(
    "elder-quiet",
    zh="独居老人无动静",
    en="An elder alone who has gone quiet",
    when=at_random(0.7, hours=(18, 24)),
    expected=("arc-quiet",),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    meters = (
        meter for elder in scene.stage.elders_alone()
        for meter in scene.stage.in_flat(elder.flat, "arc")
    )  # fmt: skip
    meter = cue.pick(meters)
    if meter is None:
        return None
    fridge = bend("current", lambda t: np.where(t % 1_800 < 600, 0.55, 0.08), "set")
    act = Act(device=meter.id, since=cue.at, until=cue.after(QUIET), play=fridge)
    return Plot(place=meter.flat, until=act.until, acts=(act,))
