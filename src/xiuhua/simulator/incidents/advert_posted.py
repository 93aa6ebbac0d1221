"""A poster is stuck up at night: loans, locks, rooms by the bed."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import at_random

END = 600.0


@script(
    "advert-posted",
    zh="黑广告",
    en="Illegal advertisement posted",
    when=at_random(8, hours=(0, 5)),
    expected=("camera-advert",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "lobby", "stall"))
    if camera is None:
        return None
    until = cue.after(END)
    seen = say(*((at * cue.pace, event(cue, camera, "advert", int(at))) for at in (10.0,)))
    act = Act(device=camera.id, since=cue.at, until=until, play=seen)
    return Plot(place=camera.place, until=until, acts=(act,))
