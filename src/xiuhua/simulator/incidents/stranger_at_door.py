"""A stranger tries card after card at a building's door; none opens it, so it is forced."""

from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, Remark, say
from .when import at_random

TRIES = 4


@script(
    "stranger-at-door",
    zh="陌生人闯入门栋",
    en="Stranger at a door",
    when=at_random(4, hours=(9, 24)),
    expected=("door-denied", "door-cards-tried", "door-forced"),
    also=("door-forced-again",),
    quick=True,
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    door = cue.pick(scene.stage.kind("door"))
    if door is None:
        return None
    strange = cue.chance("cards").bytes(10 * TRIES).hex()
    cards = [f"c-{strange[20 * at : 20 * at + 20]}" for at in range(TRIES)]
    tries: list[Remark] = [
        (15.0 * at * cue.pace, {"event": "card", "card": card, "granted": False})
        for at, card in enumerate(cards)
    ]
    forced = 15.0 * TRIES * cue.pace
    entry: list[Remark] = [
        (forced, {"event": "forced", "card": None, "granted": None, "open": True}),
        (forced + 40.0, {"event": "close", "card": None, "granted": None, "open": False}),
    ]
    until = cue.at + int(forced * 1_000) + 60_000
    act = Act(device=door.id, since=cue.at, until=until, play=say(*tries, *entry))
    return Plot(place=door.building, until=until, acts=(act,))
