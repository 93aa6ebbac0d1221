"""Old furniture is left beside the bins for a morning."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import at_random

END = 7_200.0


@script(
    "rubbish-left",
    zh="垃圾堆放",
    en="Rubbish left",
    when=at_random(10, hours=(6, 20)),
    expected=("camera-rubbish",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "shed", "garden", "gate"))
    if camera is None:
        return None
    until = cue.after(END)
    seen = say(*((at * cue.pace, event(cue, camera, "rubbish", int(at))) for at in (30.0, 3_600.0)))
    act = Act(device=camera.id, since=cue.at, until=until, play=seen)
    return Plot(place=camera.place, until=until, acts=(act,))
