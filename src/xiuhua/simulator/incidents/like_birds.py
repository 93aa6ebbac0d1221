"""Looks like something thrown, an e-bike, a blocked lane: birds, prams, a taxi that sets somebody
down. The camera is not sure and mostly says so; one in twelve it takes for the thing itself."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event
from .when import at_random

SIGHTS = (("falling_object", "facade"), ("ebike_indoors", "lobby"), ("fire_lane", "fire_lane"))


@script(
    "birds-and-prams",
    zh="飞鸟、童车、临停",
    en="Birds, prams, a taxi",
    when=at_random(200, hours=(6, 21)),
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    rng = cue.chance("sight")
    what, tag = SIGHTS[int(rng.integers(len(SIGHTS)))]
    camera = cue.pick(cameras(scene, tag))
    if camera is None:
        return None
    unsure = {
        **event(cue, camera, what),
        "confidence": round(0.25 + 0.5 * float(rng.beta(2.0, 3.0)), 3),
    }
    act = Act(device=camera.id, since=cue.at, until=cue.at + 60_000, play=say((0.0, unsure)))
    return Plot(place=camera.place, until=act.until, acts=(act,))
