"""On dry mornings farmers sell from the pavement before the offices open."""

from functools import partial

import numpy as np

from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, say, together
from .seen import cameras, event
from .when import on_dry_mornings

END = 7_200.0


@script(
    "street-market",
    zh="马路菜场",
    en="Street market on a dry morning",
    when=on_dry_mornings(0.5, hour=6.0),
    expected=("camera-stall",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "stall", "market"))
    if camera is None:
        return None
    until = cue.after(END)
    times = (10.0, 1_800.0, 3_600.0)
    stalls = together(
        bend("people", partial(buyers, pace=cue.pace)),
        say(*((at * cue.pace, event(cue, camera, "stall", int(at))) for at in times)),
    )
    act = Act(device=camera.id, since=cue.at, until=until, play=stalls)
    return Plot(place=camera.place, until=until, acts=(act,))


def buyers(t: Floats, *, pace: float) -> Floats:
    """People beyond the usual."""
    return 25.0 * np.interp(t / pace, [0, 1_200, 5_400, END], [0, 1, 1, 0])
