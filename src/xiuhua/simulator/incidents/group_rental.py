"""A flat is let bed by bed: within days its cards multiply at the building's door, at all hours;
cards of former tenants, long off the list, still open it."""

from xiuhua.simulator.rhythm import DAY
from xiuhua.simulator.signals import Scene

from . import Cue, Plot, script
from .acts import Act, Remark, Value, say
from .when import at_random

DAYS = 6
TENANTS = 10
PER_DAY = 3
"""How often each of them comes home."""


@script(
    "group-rental",
    zh="群租",
    en="Group rental in a flat",
    when=at_random(0.5),
    expected=("door-stale",),
)
def plan(scene: Scene, cue: Cue) -> Plot | None:
    door = cue.pick(door for door in scene.stage.kind("door") if scene.stage.flats(door.building))
    if door is None:
        return None
    flat = max(
        scene.stage.flats(door.building),
        key=lambda flat: (len(_cards(scene, flat)), cue.chance(flat).random()),
    )
    strange = cue.chance("cards").bytes(10 * TENANTS).hex()
    cards = _cards(scene, flat) + [f"c-{strange[20 * at :][:20]}" for at in range(TENANTS)]
    until = cue.after(DAYS * DAY / 1_000)
    homecomings = say(*_homecomings(cue, cards[:TENANTS]))
    return Plot(
        place=flat,
        until=until,
        acts=(Act(device=door.id, since=cue.at, until=until, play=homecomings),),
    )


def _cards(scene: Scene, flat: str) -> list[str]:
    return [card for person in scene.stage.household(flat) for card in person.cards]


def _homecomings(cue: Cue, cards: list[str]) -> list[Remark]:
    """Every card, several times a day, as seconds after the beginning; one more card each day
    until all have moved in."""
    said: list[Remark] = []
    for day in range(DAYS):
        for at, card in enumerate(cards[: 4 + 2 * day]):
            moments = cue.chance("home", day, at).uniform(day, day + 1, PER_DAY)
            fields: dict[str, Value] = {
                "event": "card",
                "card": card,
                "granted": True,
                "open": False,
            }
            said += [(float(moment * cue.pace) * DAY / 1_000, fields) for moment in moments]
    return sorted(said, key=lambda remark: remark[0])
