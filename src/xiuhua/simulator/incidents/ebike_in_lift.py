"""An e-bike is pushed through the hall into the lift, to be charged upstairs."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import at_random

END = 60.0


@script(
    "ebike-in-lift",
    zh="电动车进电梯",
    en="E-bike taken into the lift",
    when=at_random(15, hours=(17, 23)),
    expected=("camera-ebike-indoors",),
    also=("camera-ebike-again",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "lobby"))
    if camera is None:
        return None
    until = cue.after(END)
    seen = say(*((at * cue.pace, event(cue, camera, "ebike_indoors", int(at))) for at in (5.0,)))
    act = Act(device=camera.id, since=cue.at, until=until, play=seen)
    return Plot(place=camera.place, until=until, acts=(act,))
