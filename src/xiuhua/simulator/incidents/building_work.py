"""Building work where none is allowed: a wall comes down, heavy tools hang on the mains."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, bend, say
from .seen import cameras, event
from .when import at_random

END = 10_800.0


@script(
    "building-work",
    zh="违规施工",
    en="Building work where none is allowed",
    when=at_random(1.5, hours=(8, 15)),
    expected=("camera-construction",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "construction"))
    if camera is None:
        return None
    until = cue.after(END)
    times = (20.0, 3_600.0, 7_200.0)
    seen = say(*((at * cue.pace, event(cue, camera, "construction", int(at))) for at in times))
    acts = [Act(device=camera.id, since=cue.at, until=until, play=seen)]
    mains = scene.stage.kind("arc", building=camera.building) if camera.building else []
    if mains:
        tools = bend("current", lambda t: 9.0 + 3.0 * (t % 60 < 35))
        acts.append(Act(device=mains[0].id, since=cue.at, until=until, play=tools))
    return Plot(place=camera.building or camera.place, until=until, acts=tuple(acts))
