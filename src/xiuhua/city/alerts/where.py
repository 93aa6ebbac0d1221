"""Where a danger is, as near as anybody knows: what is said to 119 and to those who go there."""

from __future__ import annotations

from xiuhua.city.devices import queries as devices
from xiuhua.city.places import queries as places

from .models import Alert


def spot(alert: Alert) -> str:
    """The code of its place. Of a risk to life that a rule tells of a whole site it is a home whose
    sensor decided, else where the same danger is up within the site, else where that sensor
    stands: nobody can go to a compound."""
    code = alert.place or alert.site
    if not alert.life_safety or not alert.device or alert.children or code != alert.site:
        return code
    flat = devices.flats([alert.device]).get(alert.device, "")
    return flat or _known_within(alert) or _stand(alert.device) or code


def label(alert: Alert) -> str:
    """The same as a label in the reader's language."""
    return places.label(spot(alert))


def _known_within(alert: Alert) -> str:
    """Where the newest alert of the same danger is up that knows its place better."""
    same = Alert.objects.filter(site=alert.site, case_class=alert.case_class, false=None)
    up = same.filter(life_safety=True, status=Alert.Status.RAISED).exclude(id=alert.id)
    nearer = up.exclude(place__in=("", alert.site)).order_by("-start", "id")
    return nearer.values_list("place", flat=True).first() or ""


def _stand(device: str) -> str:
    found = devices.one(device)
    return found.place if found else ""
