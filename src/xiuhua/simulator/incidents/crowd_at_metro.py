"""A concert ends, or a train breaks down: far more people at the metro exit than it can take."""

from functools import partial

import numpy as np

from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene
from xiuhua.simulator.stage import is_metro

from . import Cue, Plot, script
from .acts import Act, bend, say, together
from .seen import event
from .when import at_random

END = 2_700.0
PEOPLE = 560.0
"""Beyond the usual, in the pictures of all cameras of the exit."""
PHONES = 1_000.0


@script(
    "crowd-at-metro",
    zh="地铁口大客流",
    en="Crowd at the metro exit",
    when=at_random(1, hours=(16, 22)),
    expected=("camera-crowd",),
    also=("camera-filling", "camera-full", "sniffer-dense", "sniffer-unusual", "metro-phones"),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    exits = [camera for camera in scene.stage.kind("camera") if is_metro(camera)]
    chosen = cue.pick(exits)
    if chosen is None:
        return None
    until = cue.after(END)
    here = [camera for camera in exits if camera.place == chosen.place]
    swell = bend("people", partial(swelling, pace=cue.pace, most=PEOPLE / len(here)))
    phones = bend("devices", partial(swelling, pace=cue.pace, most=PHONES))
    noticed = say((240.0 * cue.pace, event(cue, chosen, "crowd", people=520 // len(here))))
    counters = [one for one in scene.stage.kind("sniffer") if one.place == chosen.place]
    return Plot(
        place=chosen.place,
        until=until,
        acts=tuple(
            Act(
                device=camera.id,
                since=cue.at,
                until=until,
                play=together(swell, noticed) if camera is chosen else swell,
            )
            for camera in sorted(here, key=lambda camera: camera is not chosen)
        )
        + tuple(Act(device=one.id, since=cue.at, until=until, play=phones) for one in counters),
    )


def swelling(t: Floats, *, pace: float, most: float) -> Floats:
    """Beyond the usual: up to `most` within eight minutes, gone after forty-five."""
    return most * np.interp(t / pace, [0, 480, 1_500, END], [0, 1, 1, 0])
