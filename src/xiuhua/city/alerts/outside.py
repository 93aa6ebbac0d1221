"""Who is called beside the teams when a life may be at risk: the family of the home, and 119 where
the centre lets the voice gateway ring it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from xiuhua.city.devices import queries as devices
from xiuhua.city.people import family
from xiuhua.city.places import queries as places

from .models import RESCUE, Alert
from .rescue import automatic


def outsiders(alerts: Iterable[Alert]) -> dict[UUID, list[tuple[str, str]]]:
    """By alert, whom outside the house it calls, each as a field of `Call` and its word."""
    grave = [alert for alert in alerts if alert.life_safety]
    if not grave:
        return {}
    homes = homes_of(grave)
    reached = family.known(homes.values())
    found = {}
    for alert in grave:
        home = homes.get(alert.id, "")
        words = [home] if home in reached else []
        found[alert.id] = [("outside", word) for word in words + [RESCUE] * automatic()]
    return found


def homes_of(alerts: Iterable[Alert]) -> dict[UUID, str]:
    """By alert, the flat that it is about or whose sensor spoke; alerts of no home are left out."""
    all_ = list(alerts)
    flats = devices.flats(alert.device for alert in all_ if alert.device)
    named = places.flats(alert.place for alert in all_ if alert.place)
    homes = {}
    for alert in all_:
        home = alert.place if alert.place in named else flats.get(alert.device, "")
        if home and (alert.of_device or alert.place in named):
            homes[alert.id] = home
    return homes
