from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.city.alerts import world
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace
from xiuhua.city.staff import commands as staff

SPOTS = {
    "tl04": (121.42, 31.17),
    "tl04-b031": (121.4205, 31.1702),
    "tl04-b031-0402": (121.4205, 31.1702),
    "tl05": (121.43, 31.175),
}


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """The small sub-district of `world` with its places on the map; its people by name."""
    found = world.settle()
    places.put(
        places=[
            NewPlace(code=c, kind=k, parent=p, zh=zh, en=en, site=c[:4],
                     lon=SPOTS[c][0], lat=SPOTS[c][1])
            for c, k, p, zh, en in world.PLACES
            if c in SPOTS
        ]
    )  # fmt: skip
    staff.set_skills("crew", ["electricity"])
    return found
