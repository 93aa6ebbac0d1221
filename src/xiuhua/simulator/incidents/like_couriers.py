"""Looks like strangers: couriers at midday, door after door, let in by a code or from upstairs."""

import numpy as np

from xiuhua.simulator.rows import Rows, Span, joined
from xiuhua.simulator.signals import Scene
from xiuhua.simulator.signals.door import passages

from . import Cue, Plot, script
from .acts import Act, Play
from .when import at_random

ROUND = 3_600.0
STOPS = 8


@script(
    "couriers",
    zh="快递外卖",
    en="Couriers",
    when=at_random(300, hours=(10.5, 19)),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    first = cue.pick(scene.stage.kind("door"))
    if first is None:
        return None
    doors = scene.stage.kind("door", site=first.site)
    rng = cue.chance("round")
    stops = [first, *(doors[at] for at in rng.choice(len(doors), min(STOPS, len(doors)), False))]
    times = np.sort(rng.uniform(0, ROUND, len(stops)))
    return Plot(
        place=first.site,
        until=cue.after(ROUND + 60),
        acts=tuple(
            Act(
                device=stop.id,
                since=cue.after(at),
                until=cue.after(at) + 60_000,
                play=delivery(cue),
            )
            for stop, at in zip(stops, times, strict=True)
        ),
    )


def delivery(cue: Cue) -> Play:
    """In by a code and out by the button, a minute apart in all."""

    def play(rows: Rows, window: Span, block: Span) -> Rows:
        time = np.array([window.since, window.since + 30_000], dtype=np.int64)
        keys = np.array(["code", "button"], dtype=object)
        visit = passages(time, keys, np.full(2, None, dtype=object), cue.chance(window.since))
        return joined(rows, visit.within(block))

    return play
