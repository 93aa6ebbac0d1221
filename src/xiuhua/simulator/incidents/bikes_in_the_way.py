"""Shared bikes and a delivery van stand where none may."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import at_random

END = 2_400.0


@script(
    "bikes-in-the-way",
    zh="乱停车",
    en="Parked where not allowed",
    when=at_random(12, hours=(7, 22)),
    expected=("camera-parking",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "road", "gate"))
    if camera is None:
        return None
    until = cue.after(END)
    seen = say(*((at * cue.pace, event(cue, camera, "parking", int(at))) for at in (30.0, 1_200.0)))
    act = Act(device=camera.id, since=cue.at, until=until, play=seen)
    return Plot(place=camera.place, until=until, acts=(act,))
