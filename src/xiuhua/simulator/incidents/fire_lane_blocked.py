"""A car is left in the fire lane for an hour."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import at_random

END = 3_600.0


@script(
    "fire-lane-blocked",
    zh="占用消防通道",
    en="Fire lane blocked",
    when=at_random(12, hours=(7, 23)),
    expected=("camera-fire-lane",),
    also=("camera-fire-lane-again", "fire-lane-fire"),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "fire_lane"))
    if camera is None:
        return None
    until = cue.after(END)
    seen = say(
        *(
            (at * cue.pace, event(cue, camera, "fire_lane", int(at)))
            for at in (30.0, 1_500.0, 3_000.0)
        )
    )
    act = Act(device=camera.id, since=cue.at, until=until, play=seen)
    return Plot(place=camera.place, until=until, acts=(act,))
