"""An e-bike's battery overheats on the charger; smoke follows; the plug is pulled in time."""

from functools import partial

import numpy as np

from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, faster, together
from .when import at_random

PULLED = 900.0
END = 2_400.0


@script(
    "shed-overheating",
    zh="车棚充电过热",
    en="E-bike shed overheating",
    when=at_random(1),
    expected=("bikeshed-fire", "bikeshed-rising"),
    also=("bikeshed-hot",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    shed = cue.pick(scene.stage.kind("bikeshed"))
    if shed is None:
        return None
    overheating = together(
        faster(5_000),
        bend("temperature", partial(heat, pace=cue.pace)),
        bend("smoke", partial(smoke, pace=cue.pace), "most"),
    )
    act = Act(device=shed.id, since=cue.at, until=cue.after(END), play=overheating)
    return Plot(place=shed.place, until=act.until, acts=(act,))


def heat(t: Floats, *, pace: float) -> Floats:
    """Warmth above usual, K."""
    t = t / pace
    return np.where(t < PULLED, np.minimum(t / 8.0, 65.0), 65.0 * np.exp(-(t - PULLED) / 300.0))


def smoke(t: Floats, *, pace: float) -> Floats:
    """Smoke, dB/m, from seven minutes on."""
    t = t / pace
    rising = np.clip((t - 420.0) / 600.0, 0.0, 0.5)
    return np.where(t < PULLED, rising, 0.5 * np.exp(-(t - PULLED) / 200.0))
