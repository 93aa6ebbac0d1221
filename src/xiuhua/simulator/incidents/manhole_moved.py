"""A manhole's cover is lifted and left beside the hole until a crew puts it back."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, fix, say, together
from .when import at_random

OPEN = 2_400.0


@script(
    "manhole-moved",
    zh="井盖移位",
    en="Manhole cover moved",
    when=at_random(3),
    expected=("manhole-open",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    cover = cue.pick(scene.stage.kind("manhole"))
    if cover is None:
        return None
    tilt = cue.chance("tilt").uniform(25.0, 80.0)
    lifted = together(fix(tilt=tilt, open=True), say((0.0, {"tilt": tilt, "open": True})))
    back = say((0.0, {"tilt": 0.6, "open": False}))
    put_back = cue.after(OPEN)
    return Plot(
        place=cover.place,
        until=put_back,
        acts=(
            Act(device=cover.id, since=cue.at, until=put_back, play=lifted),
            Act(device=cover.id, since=put_back, until=put_back + 1, play=back),
        ),
    )
