"""Looks like an elder gone quiet: breakfast, then out until the evening; only the refrigerator
draws."""

import numpy as np

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend
from .when import at_random

OUT = 9.5 * 3_600


@script(
    "day-out",
    zh="老人外出一天",
    en="An elder out for the day",
    when=at_random(120, hours=(7.5, 9)),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    meter = cue.pick(
        meter for elder in scene.stage.elders_alone()
        for meter in scene.stage.in_flat(elder.flat, "arc")
    )  # fmt: skip
    if meter is None:
        return None
    fridge = bend("current", lambda t: np.where(t % 1_800 < 600, 0.55, 0.08), "set")
    act = Act(device=meter.id, since=cue.at, until=cue.after(OUT), play=fridge)
    return Plot(place=meter.flat, until=act.until, acts=(act,))
