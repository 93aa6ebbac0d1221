"""A crew opens a manhole, works below behind its fence and shuts the lid again. Whoever sees it is
told: only those who stand there know of the fence. It is not left open."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, fix, say, together
from .when import at_random

SHUT = 720.0


@script(
    "manhole-serviced",
    zh="井盖检修",
    en="A crew in a manhole",
    when=at_random(6, hours=(9, 16)),
    expected=("manhole-open",),
    also=("manhole-flapping",),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    lid = cue.pick(scene.stage.kind("manhole"))
    if lid is None:
        return None
    shut = cue.after(SHUT)
    opened = together(fix(tilt=85.0, open=True), say((0.0, {"tilt": 85.0, "open": True})))
    closed = say((0.0, {"tilt": 0.6, "open": False}))
    return Plot(
        place=lid.place,
        until=shut,
        acts=(
            Act(device=lid.id, since=cue.at, until=shut, play=opened),
            Act(device=lid.id, since=shut, until=shut + 1, play=closed),
        ),
    )
