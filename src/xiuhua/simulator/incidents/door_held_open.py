"""Somebody props a building's door open with a brick and forgets it."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, drop_events, fix, say, together
from .when import at_random

SHUT = 1_800.0


@script(
    "door-held-open",
    zh="门栋门长开",
    en="Door held open",
    when=at_random(6, hours=(8, 22)),
    expected=("door-held",),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    door = cue.pick(scene.stage.kind("door"))
    if door is None:
        return None
    shut = cue.after(SHUT)
    silent = {"event": None, "card": None, "granted": None}
    propped = together(
        drop_events, fix(open=True), say((0.0, {**silent, "event": "open", "open": True}))
    )
    closing = say((0.0, {**silent, "event": "close", "open": False}))
    return Plot(
        place=door.building,
        until=shut,
        acts=(
            Act(device=door.id, since=cue.at, until=shut, play=propped),
            Act(device=door.id, since=shut, until=shut + 1, play=closing),
        ),
    )
