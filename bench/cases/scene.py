"""What the invented cases are about: the loaded neighbourhood's own classes, places, devices,
rules, teams and people."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Class:
    """A class of case with the row of the standard that it is filed under."""

    code: str
    zh: str
    en: str
    life_safety: bool
    team_kind: str
    standard: str
    clock: str
    amount: int

    @property
    def seconds(self) -> int:
        """Its limit as a span; work hours and days take about three times as long."""
        unit = 86_400 if "days" in self.clock else 60
        return self.amount * unit * (1 if self.clock == "urgent" else 3)


@dataclass(frozen=True)
class Spot:
    """A place, its site, and where it is."""

    code: str
    site: str
    label_zh: str
    label_en: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Source:
    """A rule that raises alerts of a class, and the devices that it listens to."""

    rule: str
    version: int
    zh: str
    en: str
    case_class: str
    life_safety: bool
    devices: list[tuple[str, str, float, float]]


@dataclass(frozen=True)
class Scene:
    """All of it."""

    subdistrict: str
    classes: dict[str, Class]
    reported: list[str]
    spots: list[Spot]
    by_code: dict[str, Spot]
    sources: list[Source]
    teams: dict[tuple[str, str], str]
    members: dict[str, list[str]]
    roles: dict[str, list[str]]


def scene() -> Scene:
    """The neighbourhood as it is loaded."""
    from xiuhua.city.places import queries as places

    classes = _classes()
    spots = _spots()
    return Scene(
        subdistrict=places.subdistrict_codes()[0],
        classes=classes,
        reported=[code for code, one in classes.items() if not one.life_safety],
        spots=[spot for spot in spots if spot.site],
        by_code={spot.code: spot for spot in spots},
        sources=_sources(classes),
        teams=_teams(classes),
        **_people(),
    )


def _classes() -> dict[str, Class]:
    from xiuhua.city.cases import queries as cases

    found = {}
    for one in cases.classes():
        rows = cases.standards(one.code, by_alert=True)
        if rows:
            row = rows[0]
            found[one.code] = Class(
                one.code, one.zh, one.en, one.life_safety, row.team_kind, row.code, row.clock,
                row.amount,
            )  # fmt: skip
    return found


def _spots() -> list[Spot]:
    from xiuhua.city.places.models import Place

    rows = Place.objects.exclude(lon=None).exclude(lat=None).order_by("code")
    known = rows.values_list("code", "site", "label_zh", "label_en", "lon", "lat")
    return [Spot(*row) for row in known if row[4] and row[5]]


def _sources(classes: dict[str, Class]) -> list[Source]:
    from xiuhua.city.devices.models import Device
    from xiuhua.city.rules import queries as rules

    by_kind: dict[str, list[tuple[str, str, float, float]]] = defaultdict(list)
    for id_, kind, place, lon, lat in Device.objects.values_list(
        "id", "kind", "place", "lon", "lat"
    ):
        by_kind[kind].append((id_, place, lon, lat))
    found = []
    for row in rules.rules():
        if row.standing is None:
            continue
        rule = rules.rule(row.id, row.standing.number)
        if rule.case in classes and by_kind[row.kind]:
            life = rule.life_safety or classes[rule.case].life_safety
            source = Source(
                row.id, row.standing.number, rule.zh, rule.en, rule.case, life, by_kind[row.kind]
            )
            found.append(source)
    return found


def _teams(classes: dict[str, Class]) -> dict[tuple[str, str], str]:
    from xiuhua.city.cases.routing import Matrix, fallback
    from xiuhua.city.places import queries as places

    kinds = {one.team_kind for one in classes.values()}
    matrix, last = Matrix(()), fallback()
    return {
        (kind, site): next(iter(matrix.usual(kind, site)), last)
        for kind in kinds
        for site in places.site_codes()
    }


def _people() -> dict[str, dict[str, list[str]]]:
    from xiuhua.city.staff import queries as staff

    members: dict[str, list[str]] = defaultdict(list)
    roles: dict[str, list[str]] = defaultdict(list)
    for one in staff.active():
        roles[one.role].append(one.user.username)
        if one.team_id:
            members[one.team_id].append(one.user.username)
    return {"members": dict(members), "roles": dict(roles)}
