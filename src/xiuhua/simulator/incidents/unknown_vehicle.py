"""A car that nobody in the compound knows slips in behind another, and leaves an hour later."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, Value, say
from .when import at_random

STAY = 3_600.0


@script(
    "unknown-vehicle",
    zh="陌生车辆进入",
    en="Unknown vehicle",
    when=at_random(8),
    expected=("vehicle-unknown",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    barrier = cue.pick(scene.stage.kind("vehicle"))
    if barrier is None:
        return None
    rng = cue.chance("plate")
    known = scene.stage.members(f"vehicles@{barrier.site}")
    plate = f"皖AI{rng.integers(10_000):04d}"  # no Chinese plate carries the letter I
    while plate in known:
        plate = f"皖AI{rng.integers(10_000):04d}"
    seen: dict[str, Value] = {"plate": plate, "confidence": 0.97}
    stay = STAY * cue.pace
    passing = say((0.0, {**seen, "direction": "in"}), (stay, {**seen, "direction": "out"}))
    act = Act(device=barrier.id, since=cue.at, until=cue.after(STAY) + 1_000, play=passing)
    return Plot(place=barrier.place, until=act.until, acts=(act,))
