"""Fire in the flat of an elder who lives alone: a bad contact arcs, smoulders, then burns until the
micro fire station puts it out."""

from functools import partial

import numpy as np

from xiuhua.simulator.rhythm import SECOND
from xiuhua.simulator.rows import Floats
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, faster, together
from .when import at_random

SMOULDER = 150.0
"""Seconds from the first arcs to smoke at the alarm line."""
OUT = 600.0
"""Seconds until it is put out."""
AIRED = 1_200.0
"""Seconds until the air is clean again."""
LINE = 0.10
"""dB/m: where a detector gives alarm (EN 54-7 class)."""


@script(
    "fire-elder-alone",
    zh="独居老人家中起火",
    en="Fire in the flat of an elder who lives alone",
    when=at_random(0.3),
    expected=("smoke-fire", "arc-fault", "home-fire"),
    also=("arc-hot", "smoke-heat", "elder-smoke-early", "elder-heat"),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    elder = cue.pick(
        device for elder in scene.stage.elders_alone()
        for device in scene.stage.in_flat(elder.flat, "smoke")
    )  # fmt: skip
    if elder is None:
        return None
    contact = scene.stage.in_flat(elder.flat, "arc")[0]
    since, until = cue.at, cue.after(AIRED)
    burning = together(
        faster(SECOND, after=0.8 * SMOULDER * cue.pace),
        bend("obscuration", partial(smoke, pace=cue.pace), "most"),
        bend("temperature", partial(heat, pace=cue.pace)),
    )
    sparking = together(
        faster(2 * SECOND),
        bend("arcs", partial(arcs, pace=cue.pace), "most"),
        bend("leakage", lambda t: np.minimum(t / cue.pace / 2, 80.0)),
        bend("temperature", partial(heat, pace=cue.pace)),
    )
    return Plot(
        place=elder.flat,
        until=until,
        acts=(
            Act(device=elder.id, since=since, until=until, play=burning),
            Act(device=contact.id, since=since, until=cue.after(OUT), play=sparking),
        ),
    )


def smoke(t: Floats, *, pace: float) -> Floats:
    """Obscuration, dB/m: it grows by e every 40 s up to 2 dB/m, then is aired out."""
    t = t / pace
    growing = np.minimum(LINE * np.exp((t - SMOULDER) / 40.0), 2.0)
    return np.where(t < OUT, growing, 2.0 * np.exp(-(t - OUT) / 90.0))


def heat(t: Floats, *, pace: float) -> Floats:
    """Warmth above usual, K."""
    t = t / pace
    growing = 70.0 / (1.0 + np.exp(-(t - SMOULDER - 120) / 30.0))
    return np.where(t < OUT, growing, 70.0 * np.exp(-(t - OUT) / 200.0))


def arcs(t: Floats, *, pace: float) -> Floats:
    """Arcs per second while the contact fails."""
    return 18.0 + 6.0 * np.sin(t / pace / 7.0) ** 2
