"""A downpour is more than the drain can take: the sewer fills, the street stands under water."""

from functools import partial

import numpy as np

from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, faster, say, together
from .seen import cameras, event
from .when import after_downpour

END = 5_400.0


@script(
    "standing-water",
    zh="道路积水",
    en="Standing water",
    when=after_downpour(0.5),
    expected=("camera-standing-water",),
    also=("camera-puddle", "flood", "manhole-level", "storm-drain-early"),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "low_lying"))
    if camera is None:
        return None
    until = cue.after(END)
    flooding = together(faster(60_000), bend("level", partial(rising, pace=cue.pace)))
    drains = scene.stage.kind("manhole", site=camera.site)
    drain = cue.pick(drains, "drain") if not cue.place else next(iter(drains), None)
    seen = say(
        *(
            (at * cue.pace, event(cue, camera, "standing_water", int(at)))
            for at in (300, 900, 1_800, 3_000)
        )
    )
    acts = [Act(device=camera.id, since=cue.at, until=until, play=seen)]
    if drain is not None:
        acts.append(Act(device=drain.id, since=cue.at, until=until, play=flooding))
    return Plot(place=camera.place, until=until, acts=tuple(acts))


def rising(t: Floats, *, pace: float) -> Floats:
    """Water in the shaft above usual, m."""
    return 0.9 * np.interp(t / pace, [0, 600, 2_700, END], [0, 1, 1, 0])
