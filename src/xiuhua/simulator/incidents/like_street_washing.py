"""Looks like standing water: the street is washed; wet for minutes, on a dry day."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import on_dry_mornings


@script(
    "street-washing",
    zh="洒水车冲洗路面",
    en="The street is washed",
    when=on_dry_mornings(0.8, hour=5.0),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "low_lying", "road"))
    if camera is None:
        return None
    wet = say((0.0, event(cue, camera, "standing_water")))
    act = Act(device=camera.id, since=cue.at, until=cue.at + 600_000, play=wet)
    return Plot(place=camera.place, until=act.until, acts=(act,))
