"""Wet or brittle insulation: the residual current creeps up from day to day, long before it trips
anything."""

from xiuhua.simulator.rhythm import DAY
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend
from .when import at_random

MENDED = 6 * DAY / 1_000
PER_DAY = 8.0
"""mA."""


@script(
    "insulation-ageing",
    zh="线路绝缘老化",
    en="Insulation ageing",
    when=at_random(0.6),
    expected=("arc-ageing",),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    meter = cue.pick(scene.stage.kind("arc"))
    if meter is None:
        return None
    creeping = bend("leakage", lambda t: PER_DAY * t / (DAY / 1_000))
    act = Act(device=meter.id, since=cue.at, until=cue.after(MENDED), play=creeping)
    return Plot(place=meter.flat or meter.place, until=act.until, acts=(act,))
