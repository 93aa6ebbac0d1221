"""A compound's power fails: every sensor on mains is silent until it is back. Those with a battery
and a radio of their own speak on."""

from xiuhua import kinds
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, hush
from .when import at_random

BACK = 5_400.0


@script(
    "power-cut",
    zh="小区停电断网",
    en="Power cut in a compound",
    when=at_random(0.5),
    expected=("site-dark",),
    also=tuple(f"{of.code}-silent" for of in kinds.all_kinds() if of.interval is not None),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    first = cue.pick(one for one in scene.stage.devices if one.kind in MAINS and one.under)
    if first is None:
        return None
    until = cue.after(BACK)
    dark = [one for one in scene.stage.devices if one.site == first.site and one.under]
    return Plot(
        place=first.site,
        until=until,
        acts=tuple(Act(device=one.id, since=cue.at, until=until, play=hush) for one in dark),
    )


MAINS = ("arc", "bikeshed", "camera", "water")
