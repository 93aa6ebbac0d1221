"""Something is thrown from an upper window past a camera that watches the façade."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import at_random


@script(
    "thrown-from-height",
    zh="高空抛物",
    en="Thing thrown from height",
    when=at_random(3, hours=(7, 24)),
    expected=("camera-falling-object",),
    also=("camera-falling-again",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "facade"))
    if camera is None:
        return None
    falling = say((0.0, event(cue, camera, "falling_object")))
    act = Act(device=camera.id, since=cue.at, until=cue.at + 60_000, play=falling)
    return Plot(place=camera.place, until=act.until, acts=(act,))
