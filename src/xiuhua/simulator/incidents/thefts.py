"""A string of thefts: three nights, three doors forced in one compound, a climber on a wall."""

from xiuhua.simulator.rhythm import DAY
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, Play, say
from .seen import event
from .when import at_random

NIGHTS = 3


@script(
    "thefts",
    zh="系列盗窃",
    en="A string of thefts",
    when=at_random(0.4, hours=(1, 4)),
    expected=("door-forced", "camera-climbing", "break-in", "door-forced-again"),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    first = cue.pick(scene.stage.kind("door"))
    if first is None:
        return None
    doors = scene.stage.kind("door", site=first.site)
    cameras = scene.stage.kind("camera", site=first.site)
    acts = []
    for night in range(NIGHTS):
        since = cue.after(night * DAY / 1_000)
        rng = cue.chance("night", night)
        door = first if night == 0 else doors[int(rng.integers(len(doors)))]
        acts.append(Act(device=door.id, since=since, until=since + 300_000, play=_broken_into()))
        if cameras:
            camera = cameras[int(rng.integers(len(cameras)))]
            climbing = say((0.0, event(cue, camera, "climbing", night)))
            acts.append(Act(device=camera.id, since=since, until=since + 300_000, play=climbing))
    return Plot(place=first.site, until=acts[-1].until, acts=tuple(acts))


def _broken_into() -> Play:
    forced = {"event": "forced", "card": None, "granted": None, "open": True}
    closed = {"event": "close", "card": None, "granted": None, "open": False}
    return say((0.0, forced), (25.0, closed))
