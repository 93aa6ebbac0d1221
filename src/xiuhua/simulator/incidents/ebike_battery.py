"""An e-bike is charged in a flat; hours later its battery smokes into the stairs."""

from functools import partial

import numpy as np

from xiuhua.simulator.rhythm import SECOND
from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, faster, say, together
from .seen import cameras, event
from .when import at_random

CHARGED = 7_200.0
"""Seconds until the battery fails."""
AIRED = 1_500.0


@script(
    "ebike-battery",
    zh="电动车电池楼内冒烟",
    en="An e-bike's battery smokes indoors",
    when=at_random(0.3, hours=(17, 22)),
    expected=("camera-ebike-indoors", "ebike-smoke", "smoke-fire"),
    also=("camera-ebike-again", "elder-smoke-early"),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    halls = [one for one in cameras(scene, "lobby") if one.building]
    hall = cue.pick(one for one in halls if scene.stage.kind("smoke", building=one.building))
    if hall is None:
        return None
    nose = scene.stage.kind("smoke", building=hall.building)[0]
    fails, until = cue.after(CHARGED), cue.after(CHARGED + AIRED)
    pushed = say((0.0, event(cue, hall, "ebike_indoors")))
    smoking = together(
        faster(5 * SECOND), bend("obscuration", partial(fumes, pace=cue.pace), "most")
    )
    return Plot(
        place=hall.building,
        until=until,
        acts=(
            Act(device=hall.id, since=cue.at, until=cue.at + 60_000, play=pushed),
            Act(device=nose.id, since=fails, until=until, play=smoking),
        ),
    )


def fumes(t: Floats, *, pace: float) -> Floats:
    """Obscuration, dB/m: a battery vents at once and for minutes."""
    return 0.6 * np.interp(t / pace, [0, 120, 600, AIRED], [0, 1, 1, 0])
