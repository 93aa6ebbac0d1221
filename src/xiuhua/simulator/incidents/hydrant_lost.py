"""The branch to a hydrant bursts: no pressure there, less all around, until the valve is shut and
the pipe mended. The pipe network is computed anew with the burst."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rows import Rows, Span
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, Play, faster, together
from .when import at_random

MENDED = 5_400.0


@script(
    "hydrant-lost",
    zh="消火栓失压",
    en="Hydrant pressure lost",
    when=at_random(1),
    expected=("water-lost", "water-burst"),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    broken = cue.pick(scene.stage.kind("water"))
    if broken is None:
        return None
    until = cue.after(MENDED)
    around = scene.stage.kind("water", site=broken.site)
    return Plot(
        place=broken.place,
        until=until,
        acts=tuple(
            Act(
                device=gauge.id,
                since=cue.at,
                until=until,
                play=together(faster(5_000), drained(scene, gauge, broken.id))
                if gauge is broken
                else drained(scene, gauge, broken.id),
            )
            for gauge in sorted(around, key=lambda gauge: gauge is not broken)
        ),
    )


def drained(scene: Scene, gauge: Device, broken: str) -> Play:
    """The gauge moves from its usual day to the day of the burst within ten seconds."""

    def play(rows: Rows, window: Span, _block: Span) -> Rows:
        first, last = np.searchsorted(rows.time, (window.since, window.until))
        time = rows.time[first:last]
        part = np.clip((time - window.since) / 10_000, 0.0, 1.0)
        usual, drained = scene.pipes.day(gauge), scene.pipes.burst(gauge, broken)
        columns = {name: column.copy() for name, column in rows.columns.items()}
        columns["pressure"][first:last] += part * (drained.pressure(time) - usual.pressure(time))
        columns["flow"][first:last] += part * (drained.flow(time) - usual.flow(time))
        return Rows(rows.time, columns)

    return play
