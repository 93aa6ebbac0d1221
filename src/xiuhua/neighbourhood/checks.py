"""Whether the rows fit each other: every code that one uses must stand in another."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date

from xiuhua.kinds import all_kinds

from .rows import Device, Neighbourhood

LONGEST_HOLIDAY = 31
"""Days; more is a slip of the pen."""


def problems(hood: Neighbourhood) -> Iterator[str]:
    """Every code that does not fit another, one sentence each."""
    yield from _twice(hood)
    yield from _tree(hood)
    for at, device in enumerate(hood.devices, 2):
        for problem in _device(hood, device):
            yield f"devices.csv, row {at} ({device.id}): {problem}"
    yield from _people(hood)
    yield from _rules(hood)
    yield from _calendar(hood)
    if hood.map.get("type") != "FeatureCollection":
        yield "map.json: it must be a GeoJSON FeatureCollection; export it as one"


def _twice(hood: Neighbourhood) -> Iterator[str]:
    """Codes that stand twice."""
    owners: tuple[tuple[str, list[str]], ...] = (
        ("places.json", [place.code for place in hood.places]),
        (
            "devices.csv, gateways.csv",
            [*(row.id for row in hood.devices), *(row.id for row in hood.gateways)],
        ),
        ("residents.json", [resident.id for resident in hood.residents]),
        ("staff.toml", [team.code for team in hood.teams]),
        ("staff.toml", [account.username for account in hood.accounts]),
        ("classes.toml", [class_.code for class_ in hood.classes]),
    )
    for file, codes in owners:
        seen: set[str] = set()
        for code in codes:
            if code in seen:
                yield f"{file}: {code!r} stands twice; give one of them another code"
            seen.add(code)


def _tree(hood: Neighbourhood) -> Iterator[str]:
    """Parents that are missing or come later, so that a circle cannot be."""
    seen: set[str] = set()
    for place in hood.places:
        where = f"places.json ({place.code})"
        if place.parent not in seen and (place.parent or seen):
            yield f"{where}: its parent {place.parent!r} does not stand before it; add or move it"
        if not (-180 <= place.lon <= 180 and -90 <= place.lat <= 90):
            yield f"{where}: {place.lon}, {place.lat} is no longitude, latitude; are they swapped?"
        seen.add(place.code)


def _device(hood: Neighbourhood, device: Device) -> Iterator[str]:
    if device.kind not in {kind.code for kind in all_kinds()}:
        yield f"no kind {device.kind!r}; correct it, or add its file to xiuhua/kinds"
    for column in ("place", "building", "flat"):
        code = getattr(device, column)
        if code and code not in hood.by_code:
            yield f"its {column} {code!r} is not in places.json; add it or correct the code"
        elif code and hood.place(code).site != device.site:
            yield f"its {column} {code!r} belongs to another site than {device.site!r}"
    gateways = {gateway.id: gateway.site for gateway in hood.gateways}
    if device.under and gateways.get(device.under) != device.site:
        yield f"no gateway {device.under!r} at {device.site!r}; add it to gateways.csv"


def _people(hood: Neighbourhood) -> Iterator[str]:
    for resident in hood.residents:
        home = hood.by_code.get(resident.flat)
        if home is None or home.kind != "flat":
            yield f"residents.json ({resident.id}): {resident.flat!r} is not a flat of places.json"
    teams = {team.code for team in hood.teams}
    for account in hood.accounts:
        if account.team and account.team not in teams:
            yield f"staff.toml ({account.username}): no team {account.team!r}; add it above"


def _rules(hood: Neighbourhood) -> Iterator[str]:
    classes = {class_.code for class_ in hood.classes}
    for file, text in hood.rules.items():
        try:
            rules = tomllib.loads(text).get("rule", [])
        except tomllib.TOMLDecodeError as error:
            yield f"rules/{file}: not TOML ({error}); correct that line"
            continue
        for rule in rules:
            case = rule.get("case")
            if case is not None and case not in classes:
                yield f"rules/{file} ({rule.get('id')}): no class {case!r} in classes.toml; add it"


def _calendar(hood: Neighbourhood) -> Iterator[str]:
    seen: set[date] = set()
    for holiday in hood.holidays:
        where = f"calendar.toml ({holiday.zh})"
        if not 0 <= (holiday.last - holiday.first).days < LONGEST_HOLIDAY:
            yield f"{where}: from {holiday.first} to {holiday.last} is no holiday; correct them"
            continue
        for day in (*holiday.off, *holiday.worked):
            if day in seen:
                yield f"{where}: {day} stands twice; take it out of one of them"
            seen.add(day)
