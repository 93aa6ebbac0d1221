"""Looks like a stall: people wait under umbrellas beside their parcels while it rains."""

import numpy as np

from xiuhua.simulator.rhythm import HOUR, day_start
from xiuhua.simulator.signals import Scene
from xiuhua.simulator.weather import Weather

from . import Cue, Plot, script
from .acts import Act, say
from .seen import cameras, event


def in_the_rain(weather: Weather, day: int, rng: np.random.Generator) -> list[int]:
    """At some hour of the day, if it rains then."""
    moment = day_start(day) + int(rng.uniform(7, 20) * HOUR)
    return [moment] if weather.rain(np.array([moment]))[0] > 1.0 else []


@script(
    "umbrellas",
    zh="雨中撑伞候车",
    en="Umbrellas in the rain",
    when=in_the_rain,
    lookalike=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    camera = cue.pick(cameras(scene, "stall", "market"))
    if camera is None:
        return None
    seen = say((0.0, event(cue, camera, "stall")), (300.0, event(cue, camera, "stall", 1)))
    act = Act(device=camera.id, since=cue.at, until=cue.at + 900_000, play=seen)
    return Plot(place=camera.place, until=act.until, acts=(act,))
