"""Looks like a door held open: a removal; the wedge slips now and then, so the door falls shut."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, Remark, Value, bend, drop_events, say, together
from .when import at_random

WEDGED = 150.0
"""Seconds until the wedge slips."""
FREE = 20.0
ROUNDS = 10


@script(
    "removal",
    zh="搬家挡门",
    en="A removal with the door wedged open",
    when=at_random(20, hours=(9, 17)),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    door = cue.pick(scene.stage.kind("door"))
    if door is None:
        return None
    silent: dict[str, Value] = {"event": None, "card": None, "granted": None}
    remarks: list[Remark] = []
    for turn in range(ROUNDS):
        begin = turn * (WEDGED + FREE)
        remarks.append((begin, {**silent, "event": "open", "open": True}))
        remarks.append((begin + WEDGED, {**silent, "event": "close", "open": False}))
    until = cue.at + int(ROUNDS * (WEDGED + FREE) * 1_000)
    ajar = bend("open", lambda t: t % (WEDGED + FREE) < WEDGED, "set")
    wedged = together(drop_events, ajar, say(*remarks))
    act = Act(device=door.id, since=cue.at, until=until, play=wedged)
    return Plot(place=door.building, until=until, acts=(act,))
